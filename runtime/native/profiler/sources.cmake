# What the extension compiles for the profiler; include() it and add to the module's sources.
set(MLPY_NATIVE_PROFILER_SOURCES
  ${CMAKE_CURRENT_LIST_DIR}/exact.cpp
  ${CMAKE_CURRENT_LIST_DIR}/fault_guard.cpp
  ${CMAKE_CURRENT_LIST_DIR}/foreign.cpp
  ${CMAKE_CURRENT_LIST_DIR}/instrument.cpp
  ${CMAKE_CURRENT_LIST_DIR}/line_splice.cpp
  ${CMAKE_CURRENT_LIST_DIR}/memory.cpp
  ${CMAKE_CURRENT_LIST_DIR}/memory_hooks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/module.cpp
  ${CMAKE_CURRENT_LIST_DIR}/probe.cpp
  ${CMAKE_CURRENT_LIST_DIR}/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sampled_thread.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sampler.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sampler_threads.cpp
  ${CMAKE_CURRENT_LIST_DIR}/session.cpp
  ${CMAKE_CURRENT_LIST_DIR}/splice.cpp)
