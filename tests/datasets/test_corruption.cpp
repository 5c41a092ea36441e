#include "datasets/corruption.hpp"

#include <gmock/gmock.h>

#include "datasets/corruptions/downsample.hpp"
#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/corruptions/mask.hpp"
#include "datasets/corruptions/quantize.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/corruptions/corrupt.hpp"
#include "tests/support/kinds.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const Tensor kGray = gray(0.5);
const std::vector<CorruptionSpec> kNoise{{GaussianNoise{{0.1, 0.2}}}};

Tensor noise(std::uint64_t seed, std::uint32_t epoch, Index index) {
  return corrupted(kNoise, seed, epoch, index, view(kGray));
}

TEST(Corruption, IsAFunctionOfSeedEpochAndIndex) {
  EXPECT_EQ(noise(1, 2, 3), noise(1, 2, 3));
  EXPECT_NE(noise(1, 2, 3), noise(2, 2, 3));
  EXPECT_NE(noise(1, 2, 3), noise(1, 3, 3));
  EXPECT_NE(noise(1, 2, 3), noise(1, 2, 4));
}

// Were both the same numbers, the deviations would add up to 0.2.
TEST(Corruption, TwoInAListAreIndependent) {
  const std::vector<CorruptionSpec> twice(2, {GaussianNoise{{0.1, 0.1}}});
  const Tensor noisy = corrupted(twice, 1, 0, 0, view(kGray));
  EXPECT_NEAR(deviation_of(noisy), 0.1 * std::sqrt(2), 0.005);
}

TEST(Corruption, SeveralApplyInTheirOrder) {
  const CorruptionSpec small{Downsample{.filter = Shrinking::average, .keep_size = false}};
  const CorruptionSpec levels{Quantize{.levels = 2}};
  Tensor image = line({0.2, 0.7, 0.6, 0.8, 0.2, 0.7, 0.6, 0.8});
  image.reshape({2, 4, 1});
  const auto run = [&](const std::vector<CorruptionSpec>& list) {
    const Tensor seen = corrupted(list, 1, 0, 0, view(image));
    EXPECT_EQ(shape_of(seen), corrupted_shape(list, {2, 4, 1}));
    return std::vector<Real>(seen.begin(), seen.end());
  };
  EXPECT_THAT(run({small, levels}), ElementsAre(0, 1));
  EXPECT_THAT(run({levels, small}), ElementsAre(0.5, 1));
}

TEST(Corruption, ClipsIfAsked) {
  const auto outside = [](bool clip) {
    const CorruptionSpec strong{GaussianNoise{{0.5, 0.5}}, clip};
    const Tensor seen = corrupted({strong}, 1, 0, 0, view(kGray));
    return std::count_if(seen.begin(), seen.end(), [](Real x) { return x < 0 || x > 1; });
  };
  EXPECT_GT(outside(false), 2000);
  EXPECT_EQ(outside(true), 0);
}

struct CorruptionTables {
  std::vector<CorruptionSpec> corruptions;
  void keys(Keys& key) { key.tables("corruption", corruptions, ""); }
};

CorruptionTables parse_corruptions(const std::string& text) {
  CorruptionTables config;
  parse_config(text, "a.toml", {}, config);
  return config;
}

TEST(Corruption, KindsAreMadeFromTheirRows) {
  expect_kinds_read_back<CorruptionFamily>([](const Choice<CorruptionFamily>& kind) {
    const Shape shape{16, 16, 1};
    Random draw({.seed = 5});
    Tensor clean = make_tensor(shape);
    for (Real& x : clean) x = Real(draw.uniform());
    const std::vector<CorruptionSpec> one{{kind}};
    const Tensor seen = corrupted(one, 1, 0, 0, view(std::as_const(clean)));
    EXPECT_EQ(shape_of(seen), corrupted_shape(one, shape));
    EXPECT_NE(seen, clean) << "it changes nothing";
  });
}

TEST(Corruption, EveryKindReadsBackAsItWasWritten) {
  const std::string text = R"(
[[corruption]]
kind = "gaussian"
sigma = [0.1, 0.4]
clip = true
[[corruption]]
kind = "poisson"
peak = 12.5
[[corruption]]
kind = "salt_and_pepper"
amount = 0.2
ratio = 0.75
[[corruption]]
kind = "speckle"
sigma = 0.5
[[corruption]]
kind = "mask"
shape = "boxes"
size = [3, 4]
count = 2
value = 0.5
[[corruption]]
kind = "blur"
sigma = [1.0, 2.0]
[[corruption]]
kind = "downsample"
factor = 4
filter = "average"
keep_size = false
[[corruption]]
kind = "jpeg"
quality = [10.0, 40.0]
subsampling = false
[[corruption]]
kind = "quantize"
levels = 8
)";
  const CorruptionTables config = parse_corruptions(text);
  ASSERT_EQ(config.corruptions.size(), CorruptionFamily::kinds().size());
  EXPECT_TRUE(config.corruptions[0].clip);
  EXPECT_EQ(config.corruptions[0].kind.as<GaussianNoise>()->sigma, (NumberRange{0.1, 0.4}));
  EXPECT_EQ(config.corruptions[4].kind.as<Mask>()->size, (Extent2{3, 4}));
  const std::string written = write_config(config);
  EXPECT_EQ(write_config(parse_corruptions(written)), written);
  std::size_t from = 0, kinds = 0;
  for (std::size_t line; (line = text.find('\n', from)) != std::string::npos; from = line + 1) {
    const std::string key = text.substr(from, line - from);
    if (key.empty() || key[0] == '[') continue;
    EXPECT_THAT(written, HasSubstr(key));
    kinds += key.starts_with("kind");
  }
  EXPECT_EQ(kinds, CorruptionFamily::kinds().size());
}

TEST(Corruption, RefusesWhatAKindDoesNotHave) {
  const auto message = [](const std::string& settings) {
    try {
      parse_corruptions("[[corruption]]\n" + settings);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message("kind = \"gaussain\""), HasSubstr("did you mean \"gaussian\""));
  EXPECT_THAT(message("kind = \"poisson\"\nsigma = 0.1"),
              AllOf(HasSubstr("unknown key \"sigma\""), HasSubstr("peak")));
  EXPECT_THAT(message("kind = \"mask\"\nsize = 3"), HasSubstr("unknown key \"size\""));
  EXPECT_THAT(message("kind = \"jpeg\"\nquality = 101"), HasSubstr("between 1 and 100"));
  EXPECT_THAT(message("kind = \"speckle\"\nsigma = [0.3, 0.1]"), HasSubstr("range [low, high]"));
  EXPECT_THAT(message("sigma = 0.1"), HasSubstr("missing key \"kind\""));
}

}  // namespace
}  // namespace adjoint
