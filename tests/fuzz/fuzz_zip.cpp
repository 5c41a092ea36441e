#include "framework/storage/zip_archive.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile temporary(bytes);
  const ZipArchive archive = ZipArchive::open(temporary.path());
  for (const std::string& name : archive.names()) {
    try {
      archive.read(name);
    } catch (const InputError&) {
    }
  }
}
