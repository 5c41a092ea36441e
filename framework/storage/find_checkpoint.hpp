#pragma once

#include <filesystem>
#include <optional>

namespace adjoint {

/// A run's folder keeps two states of its model: the one with the lowest validation loss, best.h5,
/// and the last one, checkpoint.h5, from which training goes on.
enum class Saved { best, last };
inline constexpr const char* kBestCheckpoint = "best.h5";
inline constexpr const char* kLastCheckpoint = "checkpoint.h5";

/// The checkpoint that a path names: the file itself, or that of a run's folder. Of a folder it is
/// best.h5 or, where `wanted` says so, checkpoint.h5; the other one where that is missing. Throws
/// InputError, saying what is there instead, if the path names neither.
std::filesystem::path find_checkpoint(const std::filesystem::path& path,
                                      Saved wanted = Saved::best);
/// The checkpoint in a folder; nothing if it holds neither file.
std::optional<std::filesystem::path> checkpoint_in(const std::filesystem::path& folder,
                                                   Saved wanted = Saved::best);

}  // namespace adjoint
