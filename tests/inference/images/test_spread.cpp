// Ranks share the images of a source and the tiles of an image; results are those of one process.

#include "inference/images/spread.hpp"

#include <gmock/gmock.h>

#include <mutex>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/tensor/error.hpp"
#include "tests/support/thread_ranks.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Layers that several engines compute, also one that runs the images of a shard together.
const std::string kManyFilters = R"([data]
source = "synthetic"
[model]
input = [0, 0, 1]
latent = "middle"
[[model.layer]]
type = "Conv2D"
filters = 16
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "middle"
type = "Conv2D"
filters = 24
kernel_size = 3
padding = "same"
[[model.layer]]
type = "Dense"
units = 7
[[model.layer]]
type = "Conv2DTranspose"
filters = 1
kernel_size = 3
strides = 2
padding = "same"
)";

class SpreadTest : public testing::Test {
 protected:
  SpreadTest() { save_untrained(model_, kManyFilters); }

  static Tensor random_images_of(const Shape& shape) {
    Tensor images = make_tensor(shape);
    for (Index i = 0; i < shape.size(); ++i)
      images.data()[i] = static_cast<Real>((i * 7919 + i / 17 * 31) % 1009) / 1009;
    return images;
  }
  /// Images of three sizes; `cut` ones lose the end of their file.
  std::string folder_of_images(const std::vector<int>& cut) const {
    std::filesystem::create_directory(folder_ / "in");
    for (int i = 0; i < 23; ++i) {
      const Index side = i < 17 ? 16 : i < 19 ? 20 : 700;
      const std::string name = fmt::format("in/{:02}.png", i);
      const Tensor image = random_images_of({side, side, 1});
      write_image(folder_ / name, view(image));
      const std::string bytes = contents(folder_ / name);
      if (std::ranges::count(cut, i) > 0) folder_.write(name, bytes.substr(0, bytes.size() / 2));
    }
    return (folder_ / "in").string();
  }

  TempFolder folder_;
  std::filesystem::path model_ = folder_ / "model.h5";
};

TEST_F(SpreadTest, ImagesThatAreNotTogetherDoNotChangeEachOthersBits) {
  ThreadPool pool(2);
  ImageModel model(model_, pool);
  for (const Extent2 size : {Extent2{16, 16}, {13, 22}, {400, 420}}) {
    const Index together = ImageModel::together(size);
    const Tensor images = random_images_of({size.h > 100 ? 7 : 45, size.h, size.w, 1});
    const Index count = shape_of(images)[0];
    const Tensor whole = model.reconstruct(images), codes = model.encode(images);
    for (const Index step : {together, 3 * together}) {
      for (Index first = 0; first < count; first += step) {
        const ConstView part = view(images).slice(first, std::min(step, count - first));
        const Tensor alone = model.reconstruct(part), code = model.encode(part);
        EXPECT_TRUE(
            std::ranges::equal(view(alone).flat(), view(whole).slice(first, part.shape[0]).flat()));
        EXPECT_TRUE(
            std::ranges::equal(view(code).flat(), view(codes).slice(first, part.shape[0]).flat()));
      }
    }
  }
}

TEST_F(SpreadTest, RanksShareTheTilesOfAnImage) {
  const Tensor images = random_images_of({2, 301, 520, 3});
  ThreadPool pool(2);
  const std::size_t memory = std::size_t{4} << 20;  // too little for the whole
  const Tensor expected = ImageModel(model_, pool, memory).reconstruct(images);
  for (const int size : {2, 3, 5}) {
    run_thread_ranks(size, [&](Ranks& ranks) {
      ThreadPool own(1);
      ImageModel model(model_, own, memory);
      model.share_tiles(ranks);
      EXPECT_EQ(bytes_of(model.reconstruct(images)), bytes_of(expected));
      // Each has sent about its share of the result to all others.
      const auto whole = static_cast<std::int64_t>(expected.size() * sizeof(Real));
      EXPECT_GT(ranks.traffic().bytes, whole * (size - 1) / size / 2);
    });
  }
}

TEST_F(SpreadTest, EachImageIsOneRanks) {
  const std::vector<int> cut{2, 9, 10, 11, 18, 22};
  const std::string in = folder_of_images(cut);
  const Tensor array = random_images_of({150, 4, 4, 1});
  write_npy(folder_ / "more.npy", view(array));
  const std::vector<std::string> inputs{in, (folder_ / "more.npy").string()};
  ImageSource one(inputs, 1);
  std::vector<Index> expected;
  while (const std::optional<ImageBatch> batch = one.next())
    for (const ImageOrigin& origin : batch->origins) expected.push_back(origin.number);
  EXPECT_EQ(expected.size(), 23 + 150 - cut.size());
  for (const int size : {2, 3, 5}) {
    std::mutex mutex;
    std::vector<Index> found;
    run_thread_ranks(size, [&](Ranks& ranks) {
      ImageSource source(inputs, 1);
      source.share(ranks);
      Index before = -1, count = 0;
      while (const std::optional<ImageBatch> batch = source.next()) {
        const std::lock_guard lock(mutex);
        for (const ImageOrigin& origin : batch->origins) {
          EXPECT_LT(before, origin.number);
          before = origin.number;
          found.push_back(before);
        }
        count += batch->count();
      }
      EXPECT_NEAR(static_cast<double>(count), 167.0 / size, 12);
      EXPECT_EQ(source.skipped(), one.skipped());
    });
    std::ranges::sort(found);
    EXPECT_EQ(found, expected);
  }
}

TEST_F(SpreadTest, ImagesOfWhichNoRankCanReadOneAreAnErrorOfAll) {
  const std::string in = folder_of_images({0, 1, 2, 3, 4});
  std::vector<std::string> inputs;
  for (int i = 0; i < 5; ++i) inputs.push_back(fmt::format("{}/{:02}.png", in, i));
  run_thread_ranks(2, [&](Ranks& ranks) {
    ImageSource source(inputs, 1);
    source.share(ranks);
    EXPECT_THAT([&] { source.next(); }, ThrowsMessage<InputError>(HasSubstr("5 images cannot")));
  });
}

TEST_F(SpreadTest, RanksWithOtherImagesOrAnotherModelAreRefused) {
  const std::string in = folder_of_images({});
  save_untrained(folder_ / "seeded.h5", "seed = 8\n" + kManyFilters);
  EXPECT_THAT(
      [&] {
        run_thread_ranks(2, [&](Ranks& ranks) {
          ThreadPool pool(1);
          ImageModel model(model_, pool);
          ImageSource source({ranks.first() ? in : in + "/00.png"}, 1);
          const Spread spread(source, model, ranks);
        });
      },
      ThrowsMessage<InputError>(HasSubstr("the same images")));
  EXPECT_THAT(
      [&] {
        run_thread_ranks(2, [&](Ranks& ranks) {
          ThreadPool pool(1);
          ImageModel model(ranks.first() ? model_ : folder_ / "seeded.h5", pool);
          ImageSource source({in}, 1);
          const Spread spread(source, model, ranks);
        });
      },
      ThrowsMessage<InputError>(HasSubstr("the same model")));
}

}  // namespace
}  // namespace adjoint
