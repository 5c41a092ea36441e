#pragma once

#include <optional>
#include <span>
#include <string>

namespace adjoint {

/// Kinds of files, told apart by their first bytes.
enum class FileKind {
  image,  // PNG, JPEG, TIFF, BMP, PGM, PPM
  npy,
  hdf5,
  svg,
  html,
  other  // texts, and what is not known
};

/// The kind of a file that begins like this.
FileKind file_kind(std::span<const std::byte> beginning);

/// The kind of the file at a path; nothing if there is none, it is empty, or no plain file. Throws
/// RunError if it cannot be read.
std::optional<FileKind> kind_at(const std::string& path);

/// Throws InputError if there is a file at `path` that one of this kind would destroy: one of
/// another kind that is known, or of an unknown one under a name that does not end like this
/// kind's. Every writer checks this (see write_atomically()); a command that works for long asks
/// before it begins. For HDF5 files see also hdf5_file.hpp.
void check_replaceable(const std::string& path, FileKind kind);

}  // namespace adjoint
