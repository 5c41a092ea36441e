# adjoint_embed(TARGET FILE...): the bytes of files as a source of the target. Each file becomes a function of
# namespace adjoint, such as std::string_view page_css() for page.css; embedded.hpp of the folder declares them.
function(adjoint_embed target)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded.cpp)
  set(files)
  foreach(file IN LISTS ARGN)
    list(APPEND files ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D "FILES=${files}" -D OUT=${source} -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake VERBATIM)
  target_sources(${target} PRIVATE ${source})
  set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
endfunction()
