# A Debian package of everything that is installed: cpack -G DEB --config build/release/CPackConfig.cmake,
# or scripts/package.
set(CPACK_PACKAGE_VENDOR "The Adjoint authors")
set(CPACK_PACKAGE_CONTACT "The Adjoint authors <adjoint@localhost>")
set(CPACK_PACKAGE_DESCRIPTION "Trains convolutional autoencoders from a TOML file; denoises, reconstructs, \
compresses and screens images with them, and shows what they learned. With a C++ library and a Python module.")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "trainable convolutional autoencoders")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)  # libadjoint.so.1, for packages that use it
# For what not everybody does: `import adjoint`, and building programs against the library.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3 (>= 3.11), python3-numpy")
file(STRINGS ${PROJECT_SOURCE_DIR}/scripts/packages.txt build_packages REGEX "^build .*-dev$")
list(FILTER build_packages EXCLUDE REGEX "gtest|gmock|cxxopts|xtensor-blas")
list(TRANSFORM build_packages REPLACE "^build +" "")
list(JOIN build_packages ", " CPACK_DEBIAN_PACKAGE_SUGGESTS)
set(CPACK_GENERATOR DEB)
include(CPack)
