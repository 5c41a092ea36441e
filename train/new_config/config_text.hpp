#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/new_config/config_choice.hpp"

namespace adjoint {

/// What a config is called, where it lies and how long it trains.
struct ConfigFrame {
  std::string name;
  std::string path;        // data.path
  std::string noisy_path;  // data.noisy_path, for pairs
  Index width = 16;        // of the preset
  Index epochs = 10;
  Index steps = 1000;             // in all of them
  bool expand = false;            // write the preset's layers, not its name
  std::vector<std::string> head;  // lines of the comment at its beginning
};

/// Whether a config, which is UTF-8, can hold a text.
bool is_config_text(const std::string& text);

/// A sentence in lines of at most so many characters, cut at spaces.
std::vector<std::string> wrapped(const std::string& sentence, std::size_t most);

/// The config as commented TOML.
std::string config_text(const ConfigChoice& choice, const ConfigFrame& frame);

}  // namespace adjoint
