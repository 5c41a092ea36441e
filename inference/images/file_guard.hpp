#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace adjoint {

/// The files that a command reads and those that it will write. They are compared before the first
/// is written, as files and not by their names (device and inode, through links), so that no
/// result replaces an input or another result. Pipes and devices count as no files here.
class FileGuard {
 public:
  /// A file that is read, or a folder of images: those in it and in its folders.
  void reads(const std::filesystem::path& path);
  void reads(const std::vector<std::filesystem::path>& files);
  void reads(const std::vector<std::string>& paths);
  void writes(const std::filesystem::path& file) { outputs_.push_back(file); }
  void writes(const std::vector<std::filesystem::path>& files);

  /// Throws InputError that names every file that would be read and written, or written twice.
  void check() const;

 private:
  std::vector<std::filesystem::path> inputs_, outputs_;
};

}  // namespace adjoint
