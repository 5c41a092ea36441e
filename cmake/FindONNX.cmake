# ONNX and protobuf by their headers and libraries: Debian's own CMake package of ONNX asks for static
# libraries that it does not ship. Defines ONNX::ONNX and ONNX_FOUND.
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h)
find_library(ONNX_LIBRARY onnx)
find_library(ONNX_PROTO_LIBRARY onnx_proto)
find_path(ONNX_PROTOBUF_INCLUDE_DIR google/protobuf/message.h)
find_library(ONNX_PROTOBUF_LIBRARY protobuf)
mark_as_advanced(ONNX_INCLUDE_DIR ONNX_LIBRARY ONNX_PROTO_LIBRARY ONNX_PROTOBUF_INCLUDE_DIR
  ONNX_PROTOBUF_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ONNX REQUIRED_VARS ONNX_LIBRARY ONNX_PROTO_LIBRARY ONNX_INCLUDE_DIR
  ONNX_PROTOBUF_LIBRARY ONNX_PROTOBUF_INCLUDE_DIR)
if(ONNX_FOUND AND NOT TARGET ONNX::ONNX)
  add_library(ONNX::ONNX UNKNOWN IMPORTED)
  # The definitions are those that Debian compiled the library with.
  set_target_properties(ONNX::ONNX PROPERTIES
    IMPORTED_LOCATION "${ONNX_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${ONNX_INCLUDE_DIR};${ONNX_PROTOBUF_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${ONNX_PROTO_LIBRARY};${ONNX_PROTOBUF_LIBRARY}"
    INTERFACE_COMPILE_DEFINITIONS "ONNX_ML=1;ONNX_NAMESPACE=onnx")
endif()
