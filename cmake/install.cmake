# What `cmake --install` puts where, and which headers are public: those of the libraries below.
# An embedding program links adjoint::adjoint and includes <adjoint/adjoint.hpp>.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# adjoint_public_headers(LIBRARY HEADER...): installed under include/adjoint, by folder. Each must
# stand alone: the target all_verify_interface_header_sets compiles them one by one.
function(adjoint_public_headers library)
  target_sources(adjoint_${library} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARGN})
endfunction()

# Headers of a folder but for `hidden` ones, which include what the library does not show.
foreach(library framework models datasets images detection inspection)
  set(folder ${library})
  if(library MATCHES "images|detection|inspection")
    set(folder inference/${library})
  endif()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.hpp)
  list(FILTER headers EXCLUDE REGEX "models/config/(overrides|toml_value)\\.hpp$")
  adjoint_public_headers(${library} ${headers})
endforeach()
# The rest of train/ is the command line.
foreach(header config diagnosis evaluation run_folder run_lock trainer training_observer)
  adjoint_public_headers(train ${PROJECT_SOURCE_DIR}/train/${header}.hpp)
endforeach()

add_library(adjoint_everything INTERFACE)
add_library(adjoint::adjoint ALIAS adjoint_everything)
set_target_properties(adjoint_everything PROPERTIES EXPORT_NAME adjoint)
target_link_libraries(adjoint_everything INTERFACE adjoint::train adjoint::inspection)
target_sources(adjoint_everything PUBLIC FILE_SET HEADERS
  BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${PROJECT_SOURCE_DIR}/include/adjoint/adjoint.hpp)

if(NOT ADJOINT_INSTALL)
  return()
endif()
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/adjoint)
install(TARGETS adjoint)
install(TARGETS adjoint_framework adjoint_config adjoint_models adjoint_datasets adjoint_images adjoint_detection
  adjoint_inspection adjoint_train EXPORT adjoint
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/adjoint)
install(TARGETS adjoint_everything EXPORT adjoint
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT adjoint FILE adjointTargets.cmake NAMESPACE adjoint:: DESTINATION ${package_folder})
write_basic_package_version_file(adjointConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_file(${PROJECT_SOURCE_DIR}/cmake/adjointConfig.cmake.in adjointConfig.cmake @ONLY)
install(FILES
  ${PROJECT_BINARY_DIR}/adjointConfig.cmake
  ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindOneDNN.cmake
  ${PROJECT_BINARY_DIR}/adjointConfigVersion.cmake
  DESTINATION ${package_folder})
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/adjoint)
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
