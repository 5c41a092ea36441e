#include "inference/detection/hidden_cells.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::string kCells = R"([[corruption]]
kind = "mask"
shape = "cells"
cell_sizes = [2, 5]
value = 0.75
)";
/// Gives each pixel the value of its left neighbour, or its own.
const std::string kShift = R"([model]
input = [0, 0, 1]
[[model.layer]]
name = "pixel"
type = "Conv2D"
filters = 1
kernel_size = [1, 2]
padding = [[0, 0], [1, 0]]
)";

class HiddenCells : public testing::Test {
 protected:
  ImageModel model(const std::string& corruption, Real left, Real own) {
    Config config;
    parse_config(
        std::string("[data]\nsource = \"images\"\npath = \"none\"\n") + corruption + kShift,
        "a.toml", {}, config);
    Model built = build_model(config.model, 0);
    built.parameters()[0].value.data()[0] = left;
    built.parameters()[0].value.data()[1] = own;
    const std::string path = folder_ / "model.h5";
    save_checkpoint(path, built,
                    {.config = write_config(config), .config_folder = folder_.path().string()});
    return {path, pool_};
  }
  static Tensor some() {
    Tensor images = make_tensor({2, 11, 14, 1});
    Random random({.seed = 6});
    for (Real& pixel : images) pixel = random.uniform() / 2;
    return images;
  }
  TempFolder folder_;
  ThreadPool pool_{1};
};

// A model that copies shows of each pixel what it was given: the mask's value, of whatever size the
// cells are.
TEST_F(HiddenCells, HideEveryPixelOnce) {
  ImageModel copies = model(kCells, 0, 1);
  const Tensor images = some();
  for (const Index turns : {2, 3, 7}) {
    const Tensor seen =
        reconstruct_hidden(copies, {.hidden_cells = {1, 4, 20}, .turns = turns}, view(images));
    for (const Real value : seen) EXPECT_FLOAT_EQ(value, 0.75F);
  }
}

// With cells of one pixel in two turns, some left neighbours are hidden, and others are seen.
TEST_F(HiddenCells, LeaveTheirSurroundingsToBeSeen) {
  ImageModel shifts = model(kCells, 1, 0);
  const Tensor images = some();
  const Tensor seen = reconstruct_hidden(shifts, {.hidden_cells = {1}, .turns = 3}, view(images));
  Index hidden = 0, shown = 0;
  for (Index i = 1; i < 14; ++i) {
    const Real value = seen.data()[i];
    if (value == images.data()[i - 1]) ++shown;
    if (value == Real(0.75)) ++hidden;
  }
  EXPECT_EQ(shown + hidden, 13);
  EXPECT_GT(shown, 4);
}

TEST_F(HiddenCells, AreNoneWithoutSizes) {
  ImageModel copies = model("", 0, 1);
  const Tensor images = some();
  EXPECT_EQ(reconstruct_hidden(copies, {}, view(images)), images);
}

TEST_F(HiddenCells, NeedAModelThatWasTrainedWithThem) {
  ImageModel copies = model("", 0, 1);
  const Tensor images = some();
  EXPECT_THAT([&] { reconstruct_hidden(copies, {.hidden_cells = {4}}, view(images)); },
              ThrowsMessage<InputError>(HasSubstr("kind = \"mask\", shape = \"cells\"")));
}

}  // namespace
}  // namespace adjoint
