# adjoint_library(NAME SOURCES ... LINKS ... PRIVATE_LINKS ...): one static library for one folder.
function(adjoint_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS;PRIVATE_LINKS")
  add_library(adjoint_${name} STATIC ${arg_SOURCES})
  add_library(adjoint::${name} ALIAS adjoint_${name})
  set_target_properties(adjoint_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(adjoint_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_features(adjoint_${name} PUBLIC cxx_std_20)
  target_link_libraries(adjoint_${name} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
  adjoint_compile_options(adjoint_${name})
endfunction()

function(adjoint_compile_options target)
  # Designated initializers leave fields to their defaults on purpose.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wno-missing-field-initializers)
  # GCC 12 sees overlapping copies in std::string's operator+ where there are none (its bug 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  # No contraction into fused multiply-adds: the same source gives the same bits on every machine.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
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
  endif()
endfunction()
