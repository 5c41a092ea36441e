# Writes ${OUT}, a C++ source with the bytes of ${FILES}: see embed.cmake.
set(text "// Made by cmake/embed_files.cmake.\n#include <string_view>\n\nnamespace adjoint {\n")
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  string(MAKE_C_IDENTIFIER ${name} name)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND text "namespace {\nconstexpr unsigned char k_${name}[] = {${bytes}};\n}\n"
    "std::string_view ${name}();\n"
    "std::string_view ${name}() { return {reinterpret_cast<const char*>(k_${name}), sizeof k_${name}}; }\n")
endforeach()
file(WRITE ${OUT} "${text}}  // namespace adjoint\n")
