#include "framework/conv/geometry.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "tests/framework/conv/cases.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

const PaddingRule kValid{};

/// A convolution along the height alone.
ConvSpec along_height(Index kernel, Index stride, const PaddingRule& padding, Index dilation = 1) {
  return {
      .kernel = {kernel, 1}, .stride = {stride, 1}, .dilation = {dilation, 1}, .padding = padding};
}

ConvGeometry conv(const ConvSpec& spec, Index height) {
  return ConvGeometry::from_image(spec, {height, 1, 1}, 1);
}

ConvGeometry transpose(const ConvSpec& spec, Index height,
                       std::optional<Index> output_padding = {}) {
  std::optional<Extent2> extra;
  if (output_padding) extra = {*output_padding, 0};
  return ConvGeometry::from_features(spec, {height, 1, 1}, 1, extra);
}

template <class Function>
std::string message_of(Function function) {
  try {
    function();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

// The windows are counted one by one.
TEST(ConvGeometry, HasOneFeatureForEachPlaceOfTheKernel) {
  for (Index image = 1; image <= 9; ++image)
    for (Index kernel = 1; kernel <= 5; ++kernel)
      for (Index pad = 0; pad <= 3; ++pad)
        for (Index stride = 1; stride <= 4; ++stride) {
          Index places = 0;
          for (Index at = -pad; at + kernel <= image + pad; at += stride) ++places;
          if (places == 0) continue;
          const auto spec = along_height(kernel, stride, zeros(pad, pad, 0, 0));
          EXPECT_EQ(conv(spec, image).features.h, places);
          EXPECT_EQ(conv(spec, image).features.h, (image + 2 * pad - kernel) / stride + 1);
        }
}

TEST(ConvGeometry, TransposesToThePublishedSize) {
  for (Index features = 1; features <= 9; ++features)
    for (Index kernel = 1; kernel <= 5; ++kernel)
      for (Index pad = 0; pad <= 3; ++pad)
        for (Index stride = 1; stride <= 4; ++stride) {
          const Index image = (features - 1) * stride + kernel - 2 * pad;
          if (image < 1) continue;
          const auto spec = along_height(kernel, stride, zeros(pad, pad, 0, 0));
          EXPECT_EQ(transpose(spec, features).image.h, image);
          EXPECT_EQ(conv(spec, image).features.h, features);
        }
}

TEST(ConvGeometry, PadsSameAsTensorFlowDoesWithTheExtraRowBehind) {
  struct Row {
    Index image, kernel, stride, dilation, features, before, after;
  };
  for (const Row& row :
       {Row{5, 3, 1, 1, 5, 1, 1}, Row{5, 3, 2, 1, 3, 1, 1}, Row{4, 3, 2, 1, 2, 0, 1},
        Row{28, 3, 2, 1, 14, 0, 1}, Row{7, 2, 3, 1, 3, 0, 1}, Row{6, 4, 1, 1, 6, 1, 2},
        Row{10, 3, 1, 2, 10, 2, 2}, Row{9, 1, 2, 1, 5, 0, 0}, Row{8, 2, 4, 1, 2, 0, 0}}) {
    const ConvGeometry g =
        conv(along_height(row.kernel, row.stride, same_padding(), row.dilation), row.image);
    EXPECT_EQ(g.features.h, row.features) << to_string(g);
    EXPECT_EQ(g.padding, (Padding{.top = row.before, .bottom = row.after})) << to_string(g);
  }
}

TEST(ConvGeometry, TransposesToTheSizesOfKeras) {
  EXPECT_EQ(transpose(along_height(3, 2, kValid), 4).image.h, 9);
  EXPECT_EQ(transpose(along_height(3, 2, same_padding()), 4).image.h, 8);
  EXPECT_EQ(transpose(along_height(2, 3, kValid), 4).image.h, 12);  // kernel below the stride
  EXPECT_EQ(transpose(along_height(1, 3, same_padding()), 4).image.h, 12);
  EXPECT_EQ(transpose(along_height(3, 2, kValid, 2), 4).image.h, 11);
  EXPECT_EQ(transpose(along_height(3, 2, same_padding()), 4, 0).image.h, 7);
  EXPECT_EQ(transpose(along_height(3, 2, same_padding()), 4, 1).image.h, 8);
  EXPECT_EQ(transpose(along_height(4, 2, same_padding()), 4, 1).image.h, 7);
  EXPECT_EQ(transpose(along_height(3, 2, kValid), 4, 0).image.h, 9);
  EXPECT_EQ(transpose(along_height(3, 2, kValid), 4, 1).image.h, 10);
}

TEST(ConvGeometry, TransposesToTheSizesOfPyTorchWithExplicitZeros) {
  EXPECT_EQ(transpose(along_height(3, 2, zeros(1, 1, 0, 0)), 4).image.h, 7);
  EXPECT_EQ(transpose(along_height(3, 2, zeros(1, 1, 0, 0)), 4, 1).image.h, 8);
  EXPECT_EQ(transpose(along_height(3, 3, zeros(1, 0, 0, 0), 2), 4, 2).image.h, 15);
}

TEST(ConvGeometry, TakesItsPaddingFromTheConvolutionThatItTransposes) {
  EXPECT_EQ(transpose(along_height(3, 2, same_padding()), 4).padding, (Padding{.bottom = 1}));
  EXPECT_EQ(transpose(along_height(3, 2, same_padding()), 4, 0).padding,
            (Padding{.top = 1, .bottom = 1}));
  for (Index features = 1; features <= 6; ++features)
    for (Index kernel = 1; kernel <= 6; ++kernel)
      for (Index stride = 1; stride <= 4; ++stride)
        for (const PaddingRule& rule : {kValid, same_padding(), zeros(1, 0, 0, 0)}) {
          const ConvSpec spec = along_height(kernel, stride, rule);
          if (features == 1 && kernel == 1 && rule == zeros(1, 0, 0, 0))
            continue;  // nothing is left
          const ConvGeometry g = transpose(spec, features);
          EXPECT_EQ(g, conv(spec, g.image.h)) << to_string(g);
        }
}

TEST(ConvGeometry, ReturnsToTheSizeThatItIsToldToTake) {
  const ConvSpec spec{.kernel = {3, 3}, .stride = {2, 2}, .padding = same_padding()};
  const ConvGeometry first = ConvGeometry::from_image(spec, {25, 20, 1}, 8);
  const ConvGeometry second = ConvGeometry::from_image(spec, first.features, 16);
  EXPECT_EQ(second.features, (Plane{7, 5, 16}));
  const auto back = [&](const ConvGeometry& g) {
    return ConvGeometry::from_features(spec, g.features, g.image.channels, {},
                                       Extent2{g.image.h, g.image.w});
  };
  EXPECT_EQ(back(second), second);
  EXPECT_EQ(back(first), first);
  EXPECT_EQ(first.image, (Plane{25, 20, 1}));
}

TEST(ConvGeometry, NeverClampsASizeThatCannotBe) {
  const auto ask = [](const ConvSpec& spec, Index height) {
    return message_of([&] {
      ConvGeometry::from_features(spec, {12, 1, 1}, 1, {}, Extent2{height, 1});
    });
  };
  EXPECT_EQ(ask(along_height(3, 2, same_padding()), 26),
            "an image of height 26 has 13 features, not 12; possible heights: 23, 24");
  EXPECT_EQ(ask(along_height(3, 3, kValid), 35),
            "an image of height 35 has 11 features, not 12; possible heights: 36 to 38");
  EXPECT_EQ(ask(along_height(3, 1, zeros(1, 1, 0, 0)), 13),
            "an image of height 13 has 13 features, not 12; the only possible height: 12");
}

TEST(ConvGeometry, RefusesAnOutputPaddingThatMeansAnotherConvolution) {
  EXPECT_EQ(message_of([] { transpose(along_height(3, 2, kValid), 4, 2); }),
            "output_padding along the height is 2: expected 0 or more and less than the stride 2");
  EXPECT_THAT(
      message_of([] { transpose(along_height(4, 2, same_padding()), 4, 0); }),
      HasSubstr("an image of height 6 has 3 features, not 4; possible heights: 7, 8; choose "
                "another output_padding or leave it out"));
  EXPECT_THAT(message_of([] {
                ConvGeometry::from_features({}, {4, 4, 1}, 1, Extent2{0, 0}, Extent2{4, 4});
              }),
              HasSubstr("give one"));
}

TEST(ConvGeometry, SaysWhyItCannotBe) {
  const auto image = [](const ConvSpec& spec, Plane plane, Index filters) {
    return message_of([&] { ConvGeometry::from_image(spec, plane, filters); });
  };
  EXPECT_THAT(image({.kernel = {3, 5}, .dilation = {1, 2}}, {4, 4, 1}, 1),
              HasSubstr("a kernel that spans 3x9 does not fit into an image of 4x4"));
  EXPECT_EQ(image({.groups = 3}, {4, 4, 6}, 4),
            "groups = 3 must divide both the 6 input channels and the 4 filters");
  EXPECT_EQ(image({.kernel = {0, 3}}, {4, 4, 1}, 1), "kernel_size must be at least 1x1, got 0x3");
  EXPECT_EQ(image({.stride = {1, 0}}, {4, 4, 1}, 1), "strides must be at least 1x1, got 1x0");
  EXPECT_EQ(image({.dilation = {-1, 1}}, {4, 4, 1}, 1),
            "dilation_rate must be at least 1x1, got -1x1");
  EXPECT_EQ(image({.groups = 0}, {4, 4, 1}, 1), "groups must be at least 1, got 0");
  EXPECT_EQ(image({}, {4, 4, 1}, 0), "filters must be at least 1, got 0");
  EXPECT_EQ(image({}, {0, 4, 1}, 1), "the image's height x width must be at least 1x1, got 0x4");
  EXPECT_EQ(image({.padding = zeros(0, -1, 0, 0)}, {4, 4, 1}, 1),
            "padding must not be negative, got [[0, -1], [0, 0]]");
  // Numbers whose sums and products would not fit an integer.
  constexpr Index kHuge = Index{1} << 62;
  EXPECT_EQ(image({.kernel = {kHuge, 3}}, {4, 4, 1}, 1),
            "kernel_size must be at most 1073741824x1073741824, got 4611686018427387904x3");
  EXPECT_THAT(image({.stride = {1, kHuge}}, {4, 4, 1}, 1), HasSubstr("strides must be at most"));
  EXPECT_THAT(image({.dilation = {kHuge, 1}}, {4, 4, 1}, 1), HasSubstr("dilation_rate must be at"));
  EXPECT_THAT(image({.padding = zeros(kHuge, kHuge, 0, 0)}, {4, 4, 1}, 1),
              HasSubstr("padding must be at most 1073741824, got [[4611686018427387904"));
  EXPECT_THAT(image({}, {kHuge, 4, 1}, 1), HasSubstr("height x width must be at most"));
  EXPECT_THAT(image({}, {4, 4, 1}, kHuge), HasSubstr("filters must be at most"));
  EXPECT_THAT(message_of([] { transpose(along_height(2, 1, zeros(2, 2, 0, 0)), 2); }),
              HasSubstr("would have size -1"));
}

TEST(ConvGeometry, RefusesACostThatCannotBeCounted) {
  constexpr Index kLarge = Index{1} << 20;
  const ConvGeometry g = ConvGeometry::from_image({}, {kLarge, kLarge, kLarge}, kLarge);
  EXPECT_THAT(message_of([&] { g.multiply_adds(); }), HasSubstr("more numbers than any memory"));
}

TEST(ConvGeometry, KnowsItsKernelAndItsCost) {
  const ConvGeometry g = ConvGeometry::from_features(
      {.kernel = {3, 5}, .stride = {2, 2}, .groups = 2, .padding = same_padding()}, {7, 9, 6}, 4);
  EXPECT_EQ(g.image, (Plane{14, 18, 4}));  // a Conv2DTranspose's filters are image channels
  EXPECT_EQ(g.kernel_shape(), (Shape{3, 5, 2, 6}));
  EXPECT_EQ(g.multiply_adds(), 7 * 9 * 6 * 3 * 5 * 2);
  EXPECT_FALSE(g.is_pointwise());
  EXPECT_EQ(to_string(g), "14x18x4 -> 7x9x6, kernel 3x5, stride 2x2, padding 0 1 1 2, groups 2");
}

}  // namespace
}  // namespace adjoint
