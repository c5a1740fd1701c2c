# Targets mirror folders: core/sema is core_sema, and the USES line is the permission to include.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(mlpy_flags INTERFACE)
target_include_directories(mlpy_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(mlpy_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    -Wno-missing-field-initializers>)
if(MLPY_SANITIZE)
  add_compile_options(-fsanitize=${MLPY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MLPY_SANITIZE})
endif()

# mlpy_library(core_sema SOURCES a.cpp USES core_ast) ; without SOURCES: header only.
function(mlpy_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC mlpy_flags ${ARG_USES} PRIVATE ${ARG_LINKS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE mlpy_flags ${ARG_USES} ${ARG_LINKS})
  endif()
endfunction()

# mlpy_test(core_sema_tests SOURCES x_test.cpp USES core_sema LABEL unit): one Catch2 program, one ctest entry.
function(mlpy_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;USES;LINKS" ${ARGN})
  if(NOT MLPY_TESTS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mlpy_flags ${ARG_USES} ${ARG_LINKS} catch_main)
  target_compile_definitions(${name} PRIVATE MLPY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_precompile_headers(${name} REUSE_FROM catch_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}")
endfunction()
