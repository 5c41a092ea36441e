# Installs the program, the libraries and the headers. Those in include/adjoint are the public
# surface, chosen by hand; the headers that they include are installed with them, by folder, and
# nothing else. An embedding program links adjoint::adjoint and includes <adjoint/adjoint.hpp>.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

file(GLOB surface CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include/adjoint/*.hpp)
set(installed)
set(open ${surface})
while(open)
  list(POP_FRONT open header)
  list(APPEND installed ${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(STRINGS ${PROJECT_SOURCE_DIR}/${header} includes REGEX "^#include \"")
  list(TRANSFORM includes REPLACE "^#include \"(.*)\".*" "\\1")
  foreach(included IN LISTS includes)
    if(NOT included IN_LIST installed AND NOT included IN_LIST open)
      list(APPEND open ${included})
    endif()
  endforeach()
endwhile()

foreach(library framework config models onnx formats datasets fetch baselines images detection inspection report train)
  get_target_property(folder adjoint_${library} SOURCE_DIR)
  cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
  set(headers ${installed})
  list(FILTER headers INCLUDE REGEX "^${folder}/")
  if(library STREQUAL models)
    list(FILTER headers EXCLUDE REGEX "^models/(config|onnx)/")
  elseif(library STREQUAL datasets)
    list(FILTER headers EXCLUDE REGEX "^datasets/fetch/")
  endif()
  list(TRANSFORM headers PREPEND ${PROJECT_SOURCE_DIR}/)
  target_sources(adjoint_${library} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
endforeach()

add_library(adjoint_everything INTERFACE)
add_library(adjoint::adjoint ALIAS adjoint_everything)
set_target_properties(adjoint_everything PROPERTIES EXPORT_NAME adjoint)
target_link_libraries(adjoint_everything INTERFACE adjoint::train adjoint::fetch)
# The linker leaves out libraries that an embedding program does not call.
target_link_options(adjoint_everything INTERFACE $<$<PLATFORM_ID:Linux>:LINKER:--as-needed>)
target_sources(adjoint_everything PUBLIC FILE_SET HEADERS
  BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${surface})
# Each header of the surface stands alone: the target all_verify_interface_header_sets compiles them one by one.
set_target_properties(adjoint_everything adjoint_c PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

if(NOT ADJOINT_INSTALL)
  return()
endif()
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/adjoint)
set_target_properties(adjoint PROPERTIES INSTALL_RPATH $ORIGIN/../${CMAKE_INSTALL_LIBDIR})
install(TARGETS adjoint)
if(adjoint_PYTHON)
  # Where Debian's Python looks, below /usr and below /usr/local. -DADJOINT_PYTHON_DIR=... names another
  # place below the prefix.
  set(ADJOINT_PYTHON_DIR lib/python${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}/dist-packages
    CACHE STRING "Where the Python package is installed")
  # The modules that it loads lie beside the libraries: from there, wherever the prefix is moved.
  set(libraries /${CMAKE_INSTALL_LIBDIR})
  cmake_path(RELATIVE_PATH libraries BASE_DIRECTORY /${ADJOINT_PYTHON_DIR}/adjoint)
  set_target_properties(adjoint_python PROPERTIES INSTALL_RPATH $ORIGIN/${libraries})
  install(TARGETS adjoint_python LIBRARY DESTINATION ${ADJOINT_PYTHON_DIR}/adjoint)
  install(DIRECTORY python/adjoint DESTINATION ${ADJOINT_PYTHON_DIR}
    FILES_MATCHING PATTERN *.py PATTERN *.pyi PATTERN py.typed PATTERN __pycache__ EXCLUDE)
endif()
foreach(module adjoint_mpi adjoint_onnx_library adjoint_http_library)
  if(TARGET ${module})
    install(TARGETS ${module} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
install(TARGETS adjoint_framework adjoint_config adjoint_models adjoint_onnx adjoint_formats adjoint_datasets adjoint_fetch
  adjoint_baselines adjoint_images adjoint_detection adjoint_inspection adjoint_report adjoint_train EXPORT adjoint
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/adjoint)
install(TARGETS adjoint_everything EXPORT adjoint
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set_target_properties(adjoint_c PROPERTIES INSTALL_RPATH $ORIGIN)
install(TARGETS adjoint_c EXPORT adjoint
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
file(RELATIVE_PATH up_from_pkgconfig /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/c/adjoint.pc.in adjoint.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/adjoint.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(EXPORT adjoint FILE adjointTargets.cmake NAMESPACE adjoint:: DESTINATION ${package_folder})
write_basic_package_version_file(adjointConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_file(${PROJECT_SOURCE_DIR}/cmake/adjointConfig.cmake.in adjointConfig.cmake @ONLY)
install(FILES
  ${PROJECT_BINARY_DIR}/adjointConfig.cmake
  ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindOneDNN.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindLibZip.cmake
  ${PROJECT_BINARY_DIR}/adjointConfigVersion.cmake
  DESTINATION ${package_folder})
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/adjoint)
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES inference/report/vendor/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.observable-plot)

# The manual page and the shells' completions are what the program prints.
if(ADJOINT_SANITIZE OR ADJOINT_SANITIZE_THREADS)
  return()
endif()
set(printed)
function(install_printed file)  # what the program prints with these arguments
  set(path ${PROJECT_BINARY_DIR}/share/${file})
  cmake_path(GET path PARENT_PATH folder)
  add_custom_command(OUTPUT ${path}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND adjoint ${ARGN} > ${path}
    DEPENDS adjoint VERBATIM)
  set(printed ${printed} ${path} PARENT_SCOPE)
endfunction()
install_printed(man/man1/adjoint.1 reference --man)
install_printed(bash-completion/completions/adjoint completion bash)
install_printed(zsh/vendor-completions/_adjoint completion zsh)
install_printed(fish/vendor_completions.d/adjoint.fish completion fish)
add_custom_target(adjoint_printed ALL DEPENDS ${printed})
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR})
