# find_package(adjoint) reads this file.
include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/adjointTargets.cmake)
