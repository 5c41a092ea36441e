// ONNX files that were made to do harm, and what is wrong with them. Where the tests name ONNX's
// messages.

#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>

#include "models/onnx/read_onnx.hpp"
#include "tests/models/spec_text.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

fs::path hostile_path() {
  static const TempFolder folder;
  return folder / "hostile.onnx";
}

/// A model of one convolution, "conv" of "x" and the constants "kernel" and "bias" to "y".
class HostileModel {
 public:
  HostileModel() {
    model.set_ir_version(7);
    model.add_opset_import()->set_version(13);
    model.mutable_graph()->set_name("g");
    add_value(*model.mutable_graph()->add_input(), "x", {1, 2, 8, 8});
    model.mutable_graph()->add_output()->set_name("y");
    kernel = add_constant("kernel", {2, 2, 3, 3});
    bias = add_constant("bias", {2});
    node = add_node("Conv", "conv", {"x", "kernel", "bias"}, "y");
  }

  static void add_value(onnx::ValueInfoProto& value, const std::string& name,
                        const std::vector<std::int64_t>& extents) {
    value.set_name(name);
    onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape();
    for (const std::int64_t extent : extents)
      type.mutable_shape()->add_dim()->set_dim_value(extent);
  }
  onnx::TensorProto* add_constant(const std::string& name, const std::vector<std::int64_t>& dims) {
    onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    std::int64_t size = 1;
    for (const std::int64_t extent : dims) {
      tensor.add_dims(extent);
      size *= extent;
    }
    tensor.set_raw_data(std::string(static_cast<std::size_t>(size) * sizeof(float), '\0'));
    return &tensor;
  }
  void add_integers(const std::string& name, const std::vector<std::int64_t>& numbers) {
    onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(numbers.size()));
    for (const std::int64_t number : numbers) tensor.add_int64_data(number);
  }
  onnx::NodeProto* add_node(const std::string& op, const std::string& name,
                            const std::vector<std::string>& inputs, const std::string& output) {
    onnx::NodeProto& added = *model.mutable_graph()->add_node();
    added.set_op_type(op);
    added.set_name(name);
    for (const std::string& input : inputs) added.add_input(input);
    added.add_output(output);
    return &added;
  }
  static void add_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }

  /// The message of the refusal; "" if the model is read.
  std::string refusal() const {
    std::ofstream(hostile_path(), std::ios::binary) << model.SerializeAsString();
    const auto begin = std::chrono::steady_clock::now();
    const std::string message = error_of([] { read_model(); });
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    if (!message.empty()) {
      EXPECT_THAT(message, StartsWith(hostile_path().string() + ": "));
    }
    for (const char c : message) EXPECT_GE(static_cast<unsigned char>(c), ' ') << message;
    return message;
  }
  static void read_model() { build_model(read_onnx(hostile_path()), hostile_path()); }

  onnx::ModelProto model;
  onnx::TensorProto *kernel, *bias;
  onnx::NodeProto* node;
};

std::string refusal_of(const std::string& bytes) {
  std::ofstream(hostile_path(), std::ios::binary) << bytes;
  return error_of([] { HostileModel::read_model(); });
}

TEST(HostileOnnx, ReadsTheModelThatTheOthersAreMadeOf) {
  EXPECT_EQ(HostileModel().refusal(), "");
}

TEST(HostileOnnx, RefusesWhatIsNoOnnxFile) {
  fs::remove(hostile_path());
  EXPECT_THAT(error_of([] { HostileModel::read_model(); }), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal_of(""), HasSubstr("no ONNX model"));
  EXPECT_THAT(refusal_of("name = \"x\"\n"), HasSubstr("no ONNX file"));
  const std::string whole = HostileModel().model.SerializeAsString();
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(refusal_of(whole.substr(0, length)), "") << length;
  EXPECT_NE(error_of([] { read_onnx(hostile_path().parent_path()); }), "");
}

TEST(HostileOnnx, RefusesFilesBeyondTwoGigabytes) {
  std::ofstream(hostile_path(), std::ios::binary) << 'x';
  fs::resize_file(hostile_path(), std::uintmax_t{1} << 31);  // without the blocks
  EXPECT_THAT(error_of([] { HostileModel::read_model(); }), HasSubstr("at most 2 GiB"));
  fs::remove(hostile_path());
}

TEST(HostileOnnx, RefusesGraphsThatAreLargerInMemoryThanAnyModel) {
  onnx::ModelProto model;
  model.add_opset_import()->set_version(13);
  for (int i = 0; i < 1000; ++i) model.mutable_graph()->add_node();
  const std::string graph = model.graph().SerializeAsString();
  // Fields of the same number follow each other as one: a thousand nodes, 30,000 times.
  model.clear_graph();
  std::string bytes = model.SerializeAsString();
  onnx::ModelProto part;
  part.mutable_graph()->ParseFromString(graph);
  const std::string repeated = part.SerializeAsString();
  for (int i = 0; i < 30'000; ++i) bytes += repeated;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(refusal_of(bytes), HasSubstr("larger than any model's"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(HostileOnnx, OpensNoOtherFile) {
  for (const char* location : {"../secret", "/etc/passwd", "weights.bin"}) {
    HostileModel hostile;
    hostile.kernel->clear_raw_data();
    hostile.kernel->set_data_location(onnx::TensorProto::EXTERNAL);
    onnx::StringStringEntryProto& entry = *hostile.kernel->add_external_data();
    entry.set_key("location");
    entry.set_value(location);
    EXPECT_THAT(hostile.refusal(),
                AllOf(HasSubstr("the constant \"kernel\" is stored in another file"),
                      HasSubstr("save_as_external_data=False")));
  }
}

TEST(HostileOnnx, RefusesCyclesAndValuesThatNothingMakes) {
  HostileModel cycle;
  cycle.node->set_input(0, "z");
  cycle.add_node("Relu", "back", {"y"}, "z");
  EXPECT_THAT(cycle.refusal(), HasSubstr("takes the value \"z\", which nothing above it makes"));
  HostileModel missing;
  missing.node->set_input(1, "elsewhere");
  EXPECT_THAT(missing.refusal(), HasSubstr("\"elsewhere\", which nothing above it makes"));
  HostileModel twice;
  twice.add_node("Relu", "again", {"x"}, "y");
  EXPECT_THAT(twice.refusal(), HasSubstr("makes the value \"y\", which is there already"));
  HostileModel output;
  output.model.mutable_graph()->mutable_output(0)->set_name("nowhere");
  EXPECT_THAT(output.refusal(), HasSubstr("\"nowhere\", which nothing above it makes"));
  HostileModel none;
  none.model.mutable_graph()->clear_output();
  EXPECT_THAT(none.refusal(), HasSubstr("0 outputs"));
  HostileModel left_out;
  left_out.node->clear_input();
  EXPECT_THAT(left_out.refusal(), HasSubstr("its input 1 is missing"));
}

TEST(HostileOnnx, RefusesTensorsThatDisagreeWithTheirShape) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  for (const std::vector<std::int64_t>& dims :
       std::vector<std::vector<std::int64_t>>{{2, 2, 3, 4},
                                              {2, 2, 3},
                                              {-2, -2, 3, 3},
                                              {kHuge, kHuge, kHuge, kHuge},
                                              {0, kHuge, kHuge, kHuge},
                                              {}}) {
    HostileModel hostile;
    hostile.kernel->clear_dims();
    for (const std::int64_t extent : dims) hostile.kernel->add_dims(extent);
    EXPECT_THAT(hostile.refusal(), HasSubstr("the constant \"kernel\""));
  }
  HostileModel listed;
  listed.bias->clear_raw_data();
  listed.bias->add_float_data(1);
  EXPECT_THAT(listed.refusal(), HasSubstr("should hold 2 numbers and holds 1"));
  HostileModel typed;
  typed.bias->set_data_type(onnx::TensorProto::STRING);
  EXPECT_THAT(typed.refusal(), HasSubstr("STRING"));
  HostileModel unknown;
  unknown.bias->set_data_type(12345);
  EXPECT_THAT(unknown.refusal(), HasSubstr("12345"));
  HostileModel axes;
  for (int i = 0; i < 100; ++i) axes.bias->add_dims(1);
  EXPECT_THAT(axes.refusal(), HasSubstr("101 axes"));
}

TEST(HostileOnnx, RefusesWeightsThatAreNotFinite) {
  for (const float number :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    HostileModel hostile;
    hostile.bias->clear_raw_data();
    hostile.bias->add_float_data(number);
    hostile.bias->add_float_data(0);
    EXPECT_THAT(hostile.refusal(), HasSubstr("not finite"));
    HostileModel scaled;
    scaled.model.mutable_graph()->mutable_output(0)->set_name("z");
    scaled.add_constant("factor", {})->clear_raw_data();
    scaled.model.mutable_graph()->mutable_initializer(2)->add_float_data(number);
    scaled.add_node("Mul", "mul", {"y", "factor"}, "z");
    EXPECT_THAT(scaled.refusal(), HasSubstr("not finite"));
  }
}

TEST(HostileOnnx, RefusesGraphsWithinGraphs) {
  HostileModel branch;
  onnx::AttributeProto& attribute = *branch.node->add_attribute();
  attribute.set_name("then_branch");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  attribute.mutable_g()->set_name("inner");
  EXPECT_THAT(branch.refusal(),
              AllOf(HasSubstr("\"conv\""), HasSubstr("holds a graph of its own")));
  HostileModel deep;
  onnx::AttributeProto* next = deep.node->add_attribute();
  for (int i = 0; i < 2000; ++i) {
    next->set_type(onnx::AttributeProto::GRAPH);
    next = next->mutable_g()->add_node()->add_attribute();
  }
  EXPECT_THAT(deep.refusal(), HasSubstr("damaged"));
  HostileModel function;
  function.model.add_functions()->set_name("f");
  EXPECT_THAT(function.refusal(), HasSubstr("functions of its own"));
}

TEST(HostileOnnx, RefusesOperatorsOfOtherVersionsAndDomains) {
  for (const std::int64_t version :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{6}, std::int64_t{99}}) {
    HostileModel hostile;
    hostile.model.mutable_opset_import(0)->set_version(version);
    EXPECT_THAT(hostile.refusal(), HasSubstr(fmt::format("opset {}", version)));
  }
  HostileModel domain;
  domain.node->set_domain("com.example");
  EXPECT_THAT(domain.refusal(), HasSubstr("\"com.example\""));
  HostileModel unknown;
  unknown.node->set_op_type("\x1b[31mBomb\n");
  EXPECT_THAT(unknown.refusal(), HasSubstr("Bomb"));
}

TEST(HostileOnnx, RefusesInputsThatAreNoImages) {
  const auto with_input = [](const std::vector<std::int64_t>& extents) {
    HostileModel hostile;
    HostileModel::add_value(*hostile.model.mutable_graph()->mutable_input(0), "x", {});
    auto* shape = hostile.model.mutable_graph()
                      ->mutable_input(0)
                      ->mutable_type()
                      ->mutable_tensor_type()
                      ->mutable_shape();
    shape->clear_dim();
    for (const std::int64_t extent : extents) shape->add_dim()->set_dim_value(extent);
    return hostile.refusal();
  };
  EXPECT_THAT(with_input({}), HasSubstr("has 0 axes"));
  EXPECT_THAT(with_input({1}), HasSubstr("has 1 axes"));
  EXPECT_THAT(with_input({1, 2, 3, 4, 5}), HasSubstr("has 5 axes"));
  EXPECT_THAT(with_input({1, 2, -8, 8}), HasSubstr("has an axis of -8"));
  EXPECT_THAT(with_input({1, 2, std::int64_t{1} << 62, 8}), HasSubstr("has an axis of"));
  EXPECT_THAT(with_input({1, 2, 2147483647, 2147483647}), Not(testing::IsEmpty()));
  EXPECT_THAT(with_input({1, 3, 8, 8}), HasSubstr("its weights are for 2 channels"));
  HostileModel half;
  half.model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->set_elem_type(onnx::TensorProto::FLOAT16);
  EXPECT_THAT(half.refusal(), HasSubstr("32-bit floats"));
  HostileModel two;
  HostileModel::add_value(*two.model.mutable_graph()->add_input(), "x2", {1});
  EXPECT_THAT(two.refusal(), HasSubstr("takes 2 inputs"));
}

TEST(HostileOnnx, RefusesAttributesBeyondReason) {
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  const auto with_list = [](const std::string& op, const std::string& name,
                            const std::vector<std::int64_t>& numbers) {
    HostileModel hostile;
    hostile.node->set_op_type(op);
    onnx::AttributeProto& attribute = *hostile.node->add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t number : numbers) attribute.add_ints(number);
    return hostile.refusal();
  };
  for (const char* op : {"Conv", "ConvTranspose"}) {
    for (const char* name : {"strides", "dilations", "kernel_shape"})
      for (const std::vector<std::int64_t>& numbers :
           std::vector<std::vector<std::int64_t>>{{0, 1}, {-1, -1}, {kHuge, kHuge}, {1}, {1, 1, 1}})
        EXPECT_NE(with_list(op, name, numbers), "") << op << name;
    for (const std::vector<std::int64_t>& numbers : std::vector<std::vector<std::int64_t>>{
             {-1, 0, 0, 0}, {kHuge, kHuge, kHuge, kHuge}, {0, 0}})
      EXPECT_NE(with_list(op, "pads", numbers), "") << op;
  }
  for (const std::vector<std::int64_t>& numbers :
       std::vector<std::vector<std::int64_t>>{{-1, 0}, {kHuge, kHuge}, {1}}) {
    EXPECT_NE(with_list("ConvTranspose", "output_padding", numbers), "");
    EXPECT_NE(with_list("ConvTranspose", "output_shape", numbers), "");
  }
  for (const std::int64_t groups : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{3}, kHuge}) {
    HostileModel hostile;
    HostileModel::add_integer(*hostile.node, "group", groups);
    EXPECT_NE(hostile.refusal(), "") << groups;
  }
}

TEST(HostileOnnx, RefusesConstantsThatGrowWithoutEnd) {
  HostileModel doubled;  // 2^40 numbers out of 40 nodes
  doubled.add_integers("c0", {1, 2});
  for (int i = 0; i < 40; ++i) {
    const std::string from = "c" + std::to_string(i);
    HostileModel::add_integer(
        *doubled.add_node("Concat", "", {from, from}, "c" + std::to_string(i + 1)), "axis", 0);
  }
  EXPECT_THAT(doubled.refusal(), HasSubstr("too many numbers"));
  HostileModel filled;
  filled.add_integers("shape", {1 << 20, 1 << 20, 1 << 20, 1 << 20});
  filled.add_node("ConstantOfShape", "", {"shape"}, "z");
  EXPECT_THAT(filled.refusal(), HasSubstr("too many numbers"));
  HostileModel turned;  // one large constant, turned again and again
  turned.add_constant("large", {1000, 1000});
  for (int i = 0; i < 100; ++i)
    turned.add_node("Transpose", "", {"large"}, "t" + std::to_string(i));
  EXPECT_THAT(turned.refusal(), HasSubstr("without end"));
  HostileModel taken;
  taken.add_integers("place", {std::int64_t{1} << 62});
  taken.add_node("Gather", "", {"place", "place"}, "z");
  EXPECT_THAT(taken.refusal(), HasSubstr("it takes place"));
  HostileModel divided;
  divided.add_integers("zero", {0});
  divided.add_node("Div", "", {"zero", "zero"}, "z");
  EXPECT_THAT(divided.refusal(), HasSubstr("divides 0 by 0"));
}

TEST(HostileOnnx, RefusesSharedWeightsWithoutEnd) {
  HostileModel hostile;
  hostile.add_constant("big", {256, 256, 3, 3});
  hostile.add_constant("first", {256, 2, 1, 1});
  hostile.add_node("Conv", "", {"x", "first"}, "v0");
  for (int i = 0; i < 2; ++i)
    hostile.add_node("Conv", "", {"v" + std::to_string(i), "big"}, "v" + std::to_string(i + 1));
  EXPECT_EQ(hostile.refusal(), "");
  for (int i = 2; i < 100; ++i) {
    hostile.add_node("Identity", "", {"v0"}, "w" + std::to_string(i));
    hostile.add_node("Conv", "", {"w" + std::to_string(i), "big"}, "v" + std::to_string(i + 1));
  }
  EXPECT_THAT(hostile.refusal(), HasSubstr("without end"));
}

TEST(HostileOnnx, RefusesMoreLayersThanAModelHas) {
  HostileModel hostile;
  for (int i = 0; i < 20000; ++i)
    hostile.add_node("Relu", "same name", {i == 0 ? "y" : "r" + std::to_string(i - 1)},
                     "r" + std::to_string(i));
  EXPECT_THAT(hostile.refusal(), HasSubstr("more than 4096 layers"));
}

TEST(HostileOnnx, RefusesImagesThatGrowWithoutEnd) {
  HostileModel hostile;
  onnx::TensorProto* scales = hostile.add_constant("scales", {4});
  scales->clear_raw_data();
  for (const float scale : {1.0F, 1.0F, 1048576.0F, 1048576.0F}) scales->add_float_data(scale);
  for (int i = 0; i < 10; ++i)
    hostile.add_node("Resize", "", {i == 0 ? "y" : "r" + std::to_string(i - 1), "", "scales"},
                     "r" + std::to_string(i));
  EXPECT_NE(hostile.refusal(), "");
}

}  // namespace
}  // namespace adjoint
