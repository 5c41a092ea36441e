#include "framework/storage/zip_archive.hpp"
#include "models/pytorch/state_dict.hpp"
#include "tests/fuzz/target.hpp"

/// A whole archive, or a pickle alone, which no checksum guards: it gets an archive with numbers.
void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile file(bytes);
  if (bytes.size() < 2 || bytes[0] == 'P') {
    read_state_dict(file.path());
    return;
  }
  const std::string numbers(64, '\x3C');
  write_zip(file.path(), {{"a/data.pkl", std::as_bytes(bytes)},
                          {"a/data/0", std::as_bytes(std::span(numbers))},
                          {"a/data/1", std::as_bytes(std::span(numbers))}});
  read_state_dict(file.path());
}
