#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace adjoint {

/// Writes a whole file, given in parts, so that a reader sees the earlier one or the new one, never
/// a part: beside its place, synced to the disk, then moved there. It takes over the earlier file's
/// mode and, where permitted, its owner. A symbolic link stays one; the file behind it is replaced.
/// Other hard links keep the earlier file.
/// Pipes, devices and the standard streams, by whatever name, are written directly.
///
/// Throws InputError if an earlier file is of another kind (see file_kind.hpp); it is then as it
/// was. Throws RunError, with the system's reason and which of the two files is there now, if a
/// step fails; nothing temporary stays behind.
void write_atomically(const std::string& path,
                      std::initializer_list<std::span<const std::byte>> parts);
/// Writes a text atomically.
void write_text_file(const std::filesystem::path& path, const std::string& text);
/// Makes a folder and those that it is in, where they are missing. Throws RunError.
void make_folder(const std::filesystem::path& folder);

/// Whether a file's name is one that write_atomically() gives a whole file for the instant before
/// it is moved to its place: a program that is killed then leaves it behind.
bool is_passing_name(std::string_view name);

}  // namespace adjoint
