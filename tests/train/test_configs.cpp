// The configs that are shipped, and every kind that they may name.

#include <gmock/gmock.h>

#include <filesystem>

#include "models/build_model.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

std::vector<std::filesystem::path> shipped_configs() {
  std::vector<std::filesystem::path> configs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ADJOINT_CONFIGS))
    if (entry.path().extension() == ".toml") configs.push_back(entry.path());
  std::ranges::sort(configs);
  return configs;
}

TEST(ShippedConfigs, AreReadAndTheirModelsBuilt) {
  ASSERT_GE(shipped_configs().size(), 10u);
  for (const std::filesystem::path& path : shipped_configs()) {
    SCOPED_TRACE(path.filename());
    Config config;
    ASSERT_NO_THROW(config = read_config_file(path, {}));
    Model model = build_model(config.model, 1);
    EXPECT_FALSE(model.parameters().empty());
    EXPECT_NE(make_loss(config.loss), nullptr);
    EXPECT_NE(make_optimizer(config.optimizer), nullptr);
  }
}

}  // namespace
}  // namespace adjoint
