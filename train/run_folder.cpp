#include "train/run_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/checkpoint/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

std::filesystem::path RunFolder::picture(Index epoch) const {
  return path_ / "samples" / fmt::format("epoch-{:04}.png", epoch);
}

void RunFolder::create() const {
  std::error_code error;
  std::filesystem::create_directories(path_ / "samples", error);
  if (error) {
    throw RunError("cannot make the folder {}: {}; name another one with --out", path_.string(),
                   error.message());
  }
}

void RunFolder::write_history(const History& history) const {
  std::string csv = fmt::format("{}\n", fmt::join(history.columns, ","));
  std::string jsonl;
  for (const std::vector<double>& row : history.rows) {
    csv += fmt::format("{}\n", fmt::join(row, ","));
    nlohmann::ordered_json line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (history.columns[c] == "epoch") {
        line[history.columns[c]] = std::llround(row[c]);
      } else {
        line[history.columns[c]] = row[c];
      }
    }
    jsonl += line.dump() + "\n";
  }
  write_text_file(this->history(), csv);
  write_text_file(metrics(), jsonl);
}

void write_text_file(const std::filesystem::path& path, const std::string& text) {
  write_atomically(path.string(), {std::as_bytes(std::span(text))});
}

}  // namespace adjoint
