# What the extension compiles for the debugger; include() it and add to the module's sources.
set(MLPY_NATIVE_DEBUGGER_SOURCES
  ${CMAKE_CURRENT_LIST_DIR}/conditions.cpp
  ${CMAKE_CURRENT_LIST_DIR}/history.cpp
  ${CMAKE_CURRENT_LIST_DIR}/module.cpp
  ${CMAKE_CURRENT_LIST_DIR}/places.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sites.cpp
  ${CMAKE_CURRENT_LIST_DIR}/stepping.cpp)
