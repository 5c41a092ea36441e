#pragma once

#include <fmt/format.h>

#include "datasets/formats/image_file.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/program.hpp"

namespace adjoint {

/// A model whose output is 0.5 everywhere: the residual of a pixel is its distance from that.
inline const std::string kGrayConfig = R"(name = "gray"
[data]
source = "images"
path = "good"
validation = 0.9
[model]
input = [0, 0, 1]
[[model.layer]]
name = "gray"
type = "Conv2D"
filters = 1
kernel_size = 1
activation = "sigmoid"
trainable = false
[detection]
score = "max"
false_alarms = 0.1
)";

class Detect : public Program {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "good");
    std::filesystem::create_directories(folder_ / "new");
    for (int i = 0; i < 20; ++i) write(fmt::format("good/g{:02}.png", i), 128 + i, 128);
    write("new/fine.png", 132, 130);
    write("new/scratch.png", 133, 250);
    folder_.write("gray.toml", kGrayConfig);
    save_untrained(folder_ / "model.h5", kGrayConfig, folder_.path());
    save_model();
  }

  /// An image of one level, with another one at (1, 2).
  void write(const std::string& name, int level, int spot) {
    Tensor image = make_tensor({4, 4, 1}, static_cast<Real>(level) / 255);
    image.data()[1 * 4 + 2] = static_cast<Real>(spot) / 255;
    write_image(folder_ / name, view(std::as_const(image)));
  }

  /// With these values of all weights: all zero, the output is 0.5 everywhere.
  void save_model(Real weights = 0, const ImageRecord& images = {},
                  const std::string& name = "model.h5") {
    Config config;
    parse_config(kGrayConfig, "gray.toml", {}, config);
    Model model = build_model(config.model, 0);
    for (Parameter& parameter : model.parameters()) parameter.value.fill(weights);
    save_checkpoint((folder_ / name).string(), model,
                    {.config = write_config(config),
                     .config_folder = folder_.path().string(),
                     .images = images});
  }
  double threshold(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"detect", "model.h5", "new"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json_of(arguments).at("calibration").at("threshold");
  }
};

}  // namespace adjoint
