# cpp-httplib as Debian has it: a header and a library that was compiled with OpenSSL, whose headers it
# includes. Defines Httplib::Httplib and Httplib_FOUND.
find_path(HTTPLIB_INCLUDE_DIR httplib.h)
find_library(HTTPLIB_LIBRARY cpp-httplib)
find_path(HTTPLIB_OPENSSL_INCLUDE_DIR openssl/ssl.h)
mark_as_advanced(HTTPLIB_INCLUDE_DIR HTTPLIB_LIBRARY HTTPLIB_OPENSSL_INCLUDE_DIR)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Httplib REQUIRED_VARS HTTPLIB_LIBRARY HTTPLIB_INCLUDE_DIR HTTPLIB_OPENSSL_INCLUDE_DIR)
if(Httplib_FOUND AND NOT TARGET Httplib::Httplib)
  add_library(Httplib::Httplib UNKNOWN IMPORTED)
  # The definition is the one that Debian compiled the library with: its structs have members for it.
  set_target_properties(Httplib::Httplib PROPERTIES
    IMPORTED_LOCATION "${HTTPLIB_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${HTTPLIB_INCLUDE_DIR};${HTTPLIB_OPENSSL_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS "CPPHTTPLIB_OPENSSL_SUPPORT")
endif()
