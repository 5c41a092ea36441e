# Tests under a sanitizer: its checks take so long to optimize that a build optimizes only what has loops
# over pixels, and joins all sources that it may.
if(ADJOINT_SANITIZE OR ADJOINT_SANITIZE_THREADS)
  set(adjoint_SANITIZED TRUE)
endif()

# adjoint_library(NAME [COLD] SOURCES ... LINKS ... PRIVATE_LINKS ...): one static library for one
# folder. COLD: it has no loops over pixels, and optimizing it takes longer than it saves.
function(adjoint_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD" "" "SOURCES;LINKS;PRIVATE_LINKS")
  add_library(adjoint_${name} STATIC ${arg_SOURCES})
  add_library(adjoint::${name} ALIAS adjoint_${name})
  set_target_properties(adjoint_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(adjoint_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_features(adjoint_${name} PUBLIC cxx_std_20)
  target_link_libraries(adjoint_${name} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
  adjoint_compile_options(adjoint_${name})
  set(precompiled adjoint_precompiled)
  if(arg_COLD AND adjoint_SANITIZED)
    target_compile_options(adjoint_${name} PRIVATE -O0)
    set(precompiled adjoint_precompiled_cold)
  elseif(arg_COLD)
    target_compile_options(adjoint_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  target_precompile_headers(adjoint_${name} REUSE_FROM ${precompiled})
  if(CMAKE_UNITY_BUILD)  # once all folders have listed their sources
    cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${PROJECT_SOURCE_DIR}]] CALL adjoint_unity ${name})")
  endif()
endfunction()

# adjoint_unity(NAME): keeps apart the sources that CMAKE_UNITY_BUILD must not join: Highway compiles a
# source once for each target by including it again, so that it has to be a unit of its own; and
# layers, which are written and changed more often than all else, but not in a sanitizer's build.
function(adjoint_unity name)
  get_target_property(folder adjoint_${name} SOURCE_DIR)
  get_target_property(sources adjoint_${name} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder})
    if(NOT EXISTS ${source})  # the build makes it
      continue()
    endif()
    file(STRINGS ${source} found REGEX "hwy/foreach_target.h" LIMIT_COUNT 1)
    if(found OR (source MATCHES "/framework/layers/" AND NOT adjoint_SANITIZED))
      set_source_files_properties(${source} TARGET_DIRECTORY adjoint_${name} PROPERTIES
        SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

function(adjoint_compile_options target)
  # Designated initializers leave fields to their defaults on purpose.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wno-missing-field-initializers)
  # GCC 12 sees overlapping copies in std::string's operator+ where there are none (its bug 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  # No contraction into fused multiply-adds: the same source gives the same bits on every machine.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  if(CMAKE_UNITY_BUILD)  # GCC takes what a joined source keeps to itself for a header's
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  if(ADJOINT_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ADJOINT_SANITIZE_THREADS)
    target_compile_options(${target} PRIVATE -fsanitize=thread)
    target_link_options(${target} PUBLIC -fsanitize=thread)
  endif()
  if(ADJOINT_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(ADJOINT_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
    # Under the sanitizers GCC 12 doubts initialized variables, in <regex> for one (its bug 105562).
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:Clang>:-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/tests/sanitizer_ignorelist.txt>)
  endif()
endfunction()

# adjoint_precompile(NAME): parses the common headers once for all libraries.
function(adjoint_precompile name)
  add_library(${name} OBJECT cmake/precompiled.cpp)
  target_link_libraries(${name} PRIVATE fmt::fmt xtensor Threads::Threads)
  target_precompile_headers(${name} PRIVATE cmake/precompiled.hpp)
  adjoint_compile_options(${name})
endfunction()
adjoint_precompile(adjoint_precompiled)
if(adjoint_SANITIZED)
  adjoint_precompile(adjoint_precompiled_cold)
  target_compile_options(adjoint_precompiled_cold PRIVATE -O0)
endif()
