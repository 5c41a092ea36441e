#include "train/program/version.hpp"

#include <fmt/ranges.h>
#include <hdf5.h>
// After <cstdio>, which it needs.
#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>
#include <zip.h>
#include <zlib.h>

#include <string_view>
#include <vector>

#include "framework/conv/engine.hpp"
#include "framework/conv/instruction_sets.hpp"

namespace adjoint {
namespace {

/// The word of a text that follows another: "4.5.0" of "LIBTIFF, Version 4.5.0".
std::string word_after(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return "?";
  text.remove_prefix(at + before.size());
  return std::string(text.substr(0, text.find_first_of(" \n")));
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

#define ADJOINT_TEXT_OF(macro) ADJOINT_TEXT(macro)
#define ADJOINT_TEXT(text) #text
std::string jpeg_version() {
#ifdef LIBJPEG_TURBO_VERSION
  return "turbo " ADJOINT_TEXT_OF(LIBJPEG_TURBO_VERSION);
#else
  return ADJOINT_TEXT_OF(JPEG_LIB_VERSION);
#endif
}

}  // namespace

std::string short_version() {
  constexpr std::string_view kCommit = ADJOINT_COMMIT;
  return fmt::format("{}{}", ADJOINT_VERSION,
                     kCommit.empty() ? "" : fmt::format(" (commit {})", kCommit));
}

std::string version_text() {
  constexpr std::string_view kModules = ADJOINT_MODULES;
  const std::string bf16 = bf16_refusal();
  const std::vector<std::string> libraries{"OpenBLAS " + openblas_version(),
                                           "oneDNN " + onednn_version(),
                                           "HDF5 " + hdf5_version(),
                                           "libpng " + std::string(png_get_libpng_ver(nullptr)),
                                           "libjpeg " + jpeg_version(),
                                           "libtiff " + word_after(TIFFGetVersion(), "Version "),
                                           "libzip " + std::string(zip_libzip_version()),
                                           "zlib " + std::string(zlibVersion())};
  return fmt::format(
      "adjoint {}\n"
      "engines       {}\n"
      "instructions  {} (as Highway, oneDNN and OpenBLAS name them)\n"
      "bf16          {}\n"
      "libraries     {}\n"
      "modules       {}\n",
      short_version(), fmt::join(engine_names(), ", "), instruction_sets(),
      bf16.empty() ? "yes" : "no: " + bf16, fmt::join(libraries, ", "),
      kModules.empty() ? "none" : kModules);
}

}  // namespace adjoint
