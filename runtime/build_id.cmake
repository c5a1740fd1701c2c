# Writes OUT: a hash of SOURCES.
set(all "")
foreach(source IN LISTS SOURCES)
  file(SHA256 ${source} hash)
  string(APPEND all ${hash})
endforeach()
string(SHA256 id "${all}")
string(SUBSTRING ${id} 0 16 id)
file(CONFIGURE OUTPUT ${OUT} CONTENT "#pragma once\n#define MLPY_BUILD_ID \"@id@\"\n" @ONLY)
