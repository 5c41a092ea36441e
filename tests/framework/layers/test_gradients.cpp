// Every layer's backward pass against central differences. Built with ADJOINT_DOUBLE alone: in
// float the tolerance would have to hide mistakes.

#include <gmock/gmock.h>

#include "tests/framework/layers/gradient_cases.hpp"
#include "tests/support/gradient_check.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class LayerGradients : public testing::TestWithParam<GradientCase> {};

TEST_P(LayerGradients, AgreeWithCentralDifferences) {
  EXPECT_THAT(gradient_errors(*GetParam().layer, GetParam().shapes), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(, LayerGradients, testing::ValuesIn(gradient_cases()),
                         [](const auto& info) { return info.param.name; });

/// The harness itself: a layer y = a x with a mistake of choice.
class Faulty final : public Layer {
 public:
  enum class Fault { none, factor, unwritten, ignores_unasked };
  explicit Faulty(Fault fault) : fault_(fault) {}
  std::string_view type() const override { return "Faulty"; }
  std::vector<ParameterSpec> parameters(const LayerShapes&) const override {
    return {{.name = "a", .shape = {1}}};
  }
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override {
    for (Index i = 0; i < pass.output.size(); ++i) {
      pass.output[i] = pass.parameters[0][0] * pass.inputs[0][i];
    }
  }
  void backward(const BackwardPass& pass) const override {
    const bool x_asked = static_cast<bool>(pass.input_gradients[0]);
    Real sum = 0;
    for (Index i = 0; i < pass.output_gradient.size(); ++i) {
      sum += pass.output_gradient[i] * pass.inputs[0][i];
      if (x_asked && !(fault_ == Fault::unwritten && i == 3)) {
        pass.input_gradients[0][i] = pass.parameters[0][0] * pass.output_gradient[i];
      }
    }
    if (fault_ == Fault::factor) sum *= Real(1.00001);
    if (fault_ == Fault::ignores_unasked && !x_asked) sum += 1;
    if (pass.parameter_gradients[0]) pass.parameter_gradients[0][0] = sum;
  }

 private:
  Fault fault_;
};

std::vector<std::string> errors_of(Faulty::Fault fault) {
  return gradient_errors(Faulty(fault), {.inputs = {{2, 2}}});
}

TEST(GradientCheck, FindsWhatIsWrong) {
  EXPECT_THAT(errors_of(Faulty::Fault::none), IsEmpty());
  EXPECT_THAT(errors_of(Faulty::Fault::factor), Contains(HasSubstr("gradient of a at (0): exp")));
  EXPECT_THAT(errors_of(Faulty::Fault::unwritten),
              Contains(HasSubstr("gradient of input 0 at (0, 1, 1): expected")));
  EXPECT_THAT(errors_of(Faulty::Fault::ignores_unasked),
              Contains(HasSubstr("gradient of a changes when that of input 0 is not asked for")));
}

}  // namespace
}  // namespace adjoint
