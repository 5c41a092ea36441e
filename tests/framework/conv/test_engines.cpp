// Every engine against the identity that ties the three products, and against the reference.

#include <gmock/gmock.h>
#include <hwy/targets.h>

#include <cmath>
#include <limits>
#include <set>

#include "framework/conv/engine_table.hpp"
#include "tests/framework/conv/cases.hpp"
#include "tests/framework/conv/products.hpp"

namespace adjoint {
namespace {

constexpr std::uint32_t kRandomCases = 400;

/// The three operands of a case, and the results of all products by one engine.
struct Operands {
  Tensor image;
  Tensor kernel;
  Tensor features;
};

template <class Draw>
Operands make_operands(const ConvCase& c, Draw draw) {
  const ConvGeometry g = c.geometry();
  Operands o{.image = make_tensor(g.image.shape().batched(c.batch)),
             .kernel = make_tensor(g.kernel_shape()),
             .features = make_tensor(g.features.shape().batched(c.batch))};
  for (Tensor* tensor : {&o.image, &o.kernel, &o.features})
    for (Real& x : *tensor) x = draw();
  return o;
}

/// Integers so small that every sum of products is exact in float.
Operands integer_operands(const ConvCase& c) {
  Random random({.seed = 3});
  return make_operands(c, [&] { return static_cast<Real>(random.below(7)) - 3; });
}

Operands real_operands(const ConvCase& c) {
  Random random({.seed = 4});
  return make_operands(c, [&] { return static_cast<Real>(random.normal()); });
}

/// The results of the three products over poisoned memory.
struct Results {
  Tensor features;
  Tensor image;
  Tensor kernel;
};

Results run(const ConvCase& c, const Operands& in, std::string_view engine,
            Precision precision = Precision::float32) {
  // Prepared for another batch than some that come.
  const PartlyBy by(c.geometry(), engine, 2, precision);
  return {.features = forward(by, in.image, in.kernel),
          .image = backward_data(by, in.features, in.kernel),
          .kernel = backward_kernel(by, in.image, in.features)};
}

double inner_product(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(shape_of(a), shape_of(b));
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a.data()[i]) * static_cast<double>(b.data()[i]);
  return sum;
}

void expect_identity(const ConvCase& c, std::string_view engine) {
  SCOPED_TRACE(testing::PrintToString(c));
  const Operands in = integer_operands(c);
  const Results out = run(c, in, engine);
  const double forward = inner_product(out.features, in.features);
  EXPECT_EQ(forward, inner_product(in.image, out.image));
  EXPECT_EQ(forward, inner_product(in.kernel, out.kernel));
}

/// |got - expected| <= bound, element by element; a bound of nullptr asks for equality.
void expect_near(const Tensor& got, const Tensor& expected, const Tensor* terms, double epsilons) {
  ASSERT_EQ(shape_of(got), shape_of(expected));
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double bound =
        terms ? epsilons * std::numeric_limits<Real>::epsilon() * terms->data()[i] : 0.0;
    ASSERT_LE(std::abs(static_cast<double>(got.data()[i]) - expected.data()[i]), bound)
        << "element " << i << " of " << to_string(shape_of(got)) << ": expected "
        << expected.data()[i] << ", got " << got.data()[i];
  }
}

class EveryEngine : public testing::TestWithParam<std::string> {};
class EveryOtherEngine : public testing::TestWithParam<std::string> {};

TEST_P(EveryEngine, KeepsTheIdentityOnNamedCases) {
  for (const ConvCase& c : conv_cases()) expect_identity(c, GetParam());
}

TEST_P(EveryEngine, KeepsTheIdentityOnRandomCases) {
  for (std::uint32_t i = 0; i < kRandomCases; ++i) expect_identity(random_conv_case(i), GetParam());
}

void expect_reference(const ConvCase& c, std::string_view engine) {
  SCOPED_TRACE(testing::PrintToString(c));
  const Operands in = integer_operands(c);
  const Results got = run(c, in, engine), expected = run(c, in, "reference");
  expect_near(got.features, expected.features, nullptr, 0);
  expect_near(got.image, expected.image, nullptr, 0);
  expect_near(got.kernel, expected.kernel, nullptr, 0);
}

// The tests around this one let the reference stand in for what an engine refuses.
TEST_P(EveryOtherEngine, ComputesEveryProductItself) {
  const Engine& tested = engine(GetParam());
  for (const Product product : Convolution::kProducts) {
    int computed = 0;
    std::string refusal;
    for (const ConvCase& c : conv_cases()) {
      refusal = tested.refusal(c.geometry(), product);
      if (refusal.starts_with("this build has no")) GTEST_SKIP() << refusal;
      if (!refusal.empty()) continue;
      ++computed;
      const Convolution by(c.geometry(), {.options = {.engine = GetParam()}, .batch = 2},
                           {product});
      EXPECT_EQ(by.engine_of(product), GetParam()) << c.name;
    }
    EXPECT_GT(computed, 0) << "it refuses " << to_string(product) << " of every case: " << refusal;
  }
}

TEST_P(EveryOtherEngine, EqualsTheReferenceOnIntegers) {
  for (const ConvCase& c : conv_cases()) expect_reference(c, GetParam());
  for (std::uint32_t i = 0; i < kRandomCases; ++i)
    expect_reference(random_conv_case(i), GetParam());
}

TEST(Engines, EqualTheReferenceOnEveryInstructionSetOfThisMachine) {
  for (const std::int64_t instructions : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(instructions));
    hwy::SetSupportedTargetsForTest(instructions);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    for (const char* engine : {"thin", "winograd", "depthwise"}) {
      for (const ConvCase& c : conv_cases()) expect_reference(c, engine);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

// Summing n products in any order errs by at most about n epsilon times the sum of their magnitudes
// (Higham, "Accuracy and stability of numerical algorithms", section 3.1), and so does the
// reference.
TEST_P(EveryOtherEngine, StaysWithinRoundingOfTheReferenceOnReals) {
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(testing::PrintToString(c));
    const ConvGeometry g = c.geometry();
    const Operands in = real_operands(c);
    Operands magnitudes = in;
    for (Tensor* tensor : {&magnitudes.image, &magnitudes.kernel, &magnitudes.features})
      for (Real& x : *tensor) x = std::abs(x);
    const Results got = run(c, in, GetParam()), expected = run(c, in, "reference");
    const Results sums = run(c, magnitudes, "reference");
    const double taps = static_cast<double>(g.kernel.h * g.kernel.w);
    expect_near(got.features, expected.features, &sums.features,
                taps * static_cast<double>(g.image_channels_per_group()));
    expect_near(got.image, expected.image, &sums.image,
                taps * static_cast<double>(g.feature_channels_per_group()));
    expect_near(got.kernel, expected.kernel, &sums.kernel,
                static_cast<double>(c.batch * g.features.h * g.features.w));
  }
}

TEST_P(EveryEngine, OverwritesTheKernelOfAnEmptyBatchWithZeros) {
  for (const ConvCase& c : conv_cases()) {
    const ConvGeometry g = c.geometry();
    const Tensor kernel =
        backward_kernel(PartlyBy(g, GetParam()), make_tensor(g.image.shape().batched(0)),
                        make_tensor(g.features.shape().batched(0)));
    for (Real x : kernel) ASSERT_EQ(x, 0) << c.name;
  }
}

TEST_P(EveryEngine, AppliesEveryActivation) {
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(c.name);
    const PartlyBy by(c.geometry(), GetParam());
    const Operands in = integer_operands(c);
    const Convolution& f = by[Product::forward];
    const Tensor plain = forward(f, in.image, in.kernel);
    for (const auto& [kind, expected] :
         std::vector<std::pair<Activation::Kind, double (*)(double)>>{
             {Activation::Kind::linear, [](double x) { return x; }},
             {Activation::Kind::relu, [](double x) { return x > 0 ? x : 0.0; }},
             {Activation::Kind::elu, [](double x) { return x > 0 ? x : std::expm1(x); }},
             {Activation::Kind::tanh, [](double x) { return std::tanh(x); }}}) {
      const Tensor got =
          forward(f, in.image, in.kernel, {.bias = {}, .activation = {.kind = kind}});
      for (std::size_t i = 0; i < plain.size(); ++i)
        ASSERT_NEAR(got.data()[i], expected(plain.data()[i]), 1e-6) << "element " << i;
    }
  }
}

TEST_P(EveryEngine, AppliesTheEpilogue) {
  const Activation leaky{.kind = Activation::Kind::leaky_relu, .negative_slope = 0.25};
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(c.name);
    const ConvGeometry g = c.geometry();
    const Operands in = integer_operands(c);
    const PartlyBy by(g, GetParam());
    // Small integers again, so that nothing is rounded.
    const auto expect_epilogue = [&](const Tensor& plain, Index channels, auto compute) {
      Tensor bias = make_tensor({channels});
      for (Index i = 0; i < channels; ++i) bias.data()[i] = static_cast<Real>(i % 5 - 2);
      const Tensor got = compute(Epilogue{.bias = view(bias), .activation = leaky});
      for (std::size_t i = 0; i < plain.size(); ++i) {
        const Real x = plain.data()[i] + bias.data()[static_cast<Index>(i) % channels];
        ASSERT_EQ(got.data()[i], x > 0 ? x : x / 4) << "element " << i;
      }
    };
    const Convolution& f = by[Product::forward];
    expect_epilogue(forward(f, in.image, in.kernel), g.features.channels,
                    [&](const Epilogue& e) { return forward(f, in.image, in.kernel, e); });
    const Convolution& b = by[Product::backward_data];
    expect_epilogue(backward_data(b, in.features, in.kernel), g.image.channels,
                    [&](const Epilogue& e) { return backward_data(b, in.features, in.kernel, e); });
  }
}

INSTANTIATE_TEST_SUITE_P(Convolution, EveryEngine, testing::ValuesIn(engine_names()),
                         [](const auto& info) { return info.param; });

INSTANTIATE_TEST_SUITE_P(Convolution, EveryOtherEngine,
                         testing::ValuesIn(engine_names_but_reference()),
                         [](const auto& info) { return info.param; });

TEST_P(EveryEngine, NeedsNoMoreScratchForATallerImage) {
  const auto scratch = [](Index height, Index channels) {
    const ConvSpec spec{.kernel = {3, 3}, .padding = same_padding()};
    const PartlyBy by(ConvGeometry::from_image(spec, {height, 20, channels}, 8), GetParam());
    Index size = 0;
    for (Product product : Convolution::kProducts) size += by[product].scratch_size();
    return size;
  };
  for (Index channels : {1, 16}) EXPECT_EQ(scratch(10, channels), scratch(1000, channels));
}

// Small integers are bf16 numbers, and their sums are exact in float32.
TEST(Bf16, IsExactOnSmallIntegers) {
  if (!bf16_refusal().empty()) GTEST_SKIP() << bf16_refusal();
  std::set<Product> in_bf16;
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(c.name);
    for (const Product product : Convolution::kProducts)
      if (engine("onednn").in_bf16(c.geometry(), product)) in_bf16.insert(product);
    const Operands in = integer_operands(c);
    const Results got = run(c, in, "onednn", Precision::bf16), expected = run(c, in, "reference");
    expect_near(got.features, expected.features, nullptr, 0);
    expect_near(got.image, expected.image, nullptr, 0);
    expect_near(got.kernel, expected.kernel, nullptr, 0);
  }
  EXPECT_EQ(in_bf16.size(), Convolution::kProducts.size());  // others would pass in float32, too
}

TEST(Bf16, RoundsOperandsToEightBits) {
  if (!bf16_refusal().empty()) GTEST_SKIP() << bf16_refusal();
  // A pointwise convolution that hands each channel on: features = image * 1.
  const ConvGeometry g = ConvGeometry::from_image({}, {1, 1, 16}, 16);
  Tensor kernel = make_tensor(g.kernel_shape(), 0);
  for (Index c = 0; c < 16; ++c) kernel.data()[c * 17] = 1;
  const Tensor image = make_tensor({1, 1, 1, 16}, Real(1.00390625 + 0.001953125));  // 1 + 1.5/256
  const PartlyBy by(g, "onednn", 1, Precision::bf16);
  ASSERT_FALSE(by.refuses(Product::forward));
  for (const Real x : forward(by, image, kernel)) EXPECT_EQ(x, Real(1.0078125));  // 1 + 2/256
}

TEST(Engines, AreCalledAsTheirRowsSay) {
  for (const Kind<EngineFamily>& kind : EngineFamily::kinds()) {
    EXPECT_EQ(engine(kind.name).name, kind.name);
    EXPECT_GE(kind.doc.size(), 10u) << kind.name << " needs a sentence";
  }
}

TEST(Engines, AreChosenInOrder) {
  for (const ConvCase& c : conv_cases()) {
    for (const Product product : Convolution::kProducts) {
      const Engine& chosen = choose_engine(c.geometry(), product);
      for (const Engine* engine : engines()) {
        if (engine == &chosen) break;
        EXPECT_NE(engine->refusal(c.geometry(), product), "") << c.name << " " << engine->name;
      }
      EXPECT_EQ(chosen.refusal(c.geometry(), product), "") << c.name;
    }
  }
  const ConvGeometry g = conv_cases().front().geometry();
  EXPECT_EQ(choose_engine(g, Product::forward, {.engine = "reference"}).name, "reference");
  EXPECT_EQ(engines().back()->name, "reference");
}

TEST(Engines, OfBf16GoFirstWhereItIsAskedFor) {
  const ConvSpec same3{.kernel = {3, 3}, .padding = same_padding()};
  const auto chosen = [&](Index channels, Precision precision, Product product = Product::forward) {
    const ConvGeometry g = ConvGeometry::from_image(same3, {20, 20, channels}, 64);
    return choose_engine(g, product, {.precision = precision}).name;
  };
  EXPECT_EQ(chosen(64, Precision::float32), "winograd");
  EXPECT_EQ(chosen(40, Precision::bf16), "winograd");  // no engine has 40 channels in bf16
  const ConvGeometry g = ConvGeometry::from_image(same3, {20, 20, 64}, 64);
  const bool has_onednn = engine("onednn").refusal(g, Product::forward).empty();
  EXPECT_EQ(chosen(64, Precision::bf16), has_onednn ? "onednn" : "winograd");
  // For the kernel's gradient winograd in float32 is faster than bf16.
  EXPECT_EQ(chosen(64, Precision::bf16, Product::backward_kernel), "winograd");
}

TEST(Engines, SayWhatTheyDoNotCompute) {
  const auto refusal = [](const ConvSpec& spec, Index channels, Index filters) {
    const ConvGeometry g = ConvGeometry::from_image(spec, {9, 9, channels}, filters);
    return engine("thin").refusal(g, Product::forward);
  };
  EXPECT_EQ(refusal({}, 4, 64), "");
  EXPECT_EQ(refusal({.stride = {2, 2}}, 4, 64), "");
  EXPECT_EQ(refusal({}, 64, 4), "");
  EXPECT_THAT(refusal({.stride = {1, 2}}, 64, 4), testing::HasSubstr("strides of 1"));
  EXPECT_THAT(refusal({}, 5, 5), testing::HasSubstr("1 to 4 channels"));
  EXPECT_THAT(refusal({.groups = 2}, 4, 64), testing::HasSubstr("groups = 1"));
}

TEST(Engines, SayWhichOnesThereAre) {
  try {
    engine("gem");
    FAIL() << "accepted an unknown engine";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("no convolution engine is called \"gem\""));
    EXPECT_THAT(error.what(),
                testing::HasSubstr("thin, winograd, onednn, depthwise, gemm, reference"));
  }
}

}  // namespace
}  // namespace adjoint
