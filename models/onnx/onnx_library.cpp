// Where the ONNX library and protobuf are named: the module that reads and writes ONNX files.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>

#include "framework/tensor/error.hpp"
#include "models/onnx/onnx_module.hpp"
#include "models/onnx/onnx_names.hpp"

static_assert(std::endian::native == std::endian::little, "ONNX keeps raw numbers little-endian");

namespace adjoint {
namespace {

// The files that opset 13 came with: https://github.com/onnx/onnx/blob/main/docs/Versioning.md
constexpr std::int64_t kWrittenFormat = 7;
// The semantics of the operators that are read were compared up to the last of these.
constexpr std::int64_t kOldestOpset = 7, kNewestOpset = 22;
constexpr std::uintmax_t kLargestFile = std::numeric_limits<std::int32_t>::max();  // protobuf's
constexpr int kMostRank = 16;

/// Counts what a file would become in memory before it is read: an empty node takes two bytes in
/// the file, and a hundred times as many outside.
class FieldCount {
 public:
  explicit FieldCount(google::protobuf::io::CodedInputStream& stream) : stream_(stream) {}

  /// False if there are more fields than any model has, or the message is damaged.
  bool is_sensible(const google::protobuf::Descriptor& message, int depth = 0) {
    constexpr std::size_t kMostFields = 1'000'000;
    constexpr int kDeepest = 100;  // as protobuf itself
    if (depth > kDeepest) return false;
    while (const std::uint32_t tag = stream_.ReadTag()) {
      if (++fields_ > kMostFields ||
          !skip(message.FindFieldByNumber(static_cast<int>(tag >> 3)), tag & 7, depth))
        return false;
    }
    return true;
  }

 private:
  using Field = google::protobuf::FieldDescriptor;

  bool skip(const Field* field, std::uint32_t wire_type, int depth) {
    constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5;
    std::uint64_t number = 0;
    std::uint32_t length = 0;
    switch (wire_type) {
      case kVarint:
        return stream_.ReadVarint64(&number);
      case kFixed64:
        return stream_.Skip(8);
      case kFixed32:
        return stream_.Skip(4);
      case kLength:
        break;
      default:
        return false;
    }
    if (!stream_.ReadVarint32(&length) || length > kLargestFile) return false;
    if (!field || field->cpp_type() != Field::CPPTYPE_MESSAGE) {
      // Packed integers take eight times as many bytes outside as in.
      const bool is_list = field && field->cpp_type() != Field::CPPTYPE_STRING &&
                           field->cpp_type() != Field::CPPTYPE_FLOAT &&
                           field->cpp_type() != Field::CPPTYPE_DOUBLE;
      if (is_list) fields_ += length / 16;
      return stream_.Skip(static_cast<int>(length));
    }
    const auto limit = stream_.PushLimit(static_cast<int>(length));
    const bool sensible = is_sensible(*field->message_type(), depth + 1);
    const bool whole = stream_.BytesUntilLimit() == 0;
    stream_.PopLimit(limit);
    return sensible && whole;
  }

  google::protobuf::io::CodedInputStream& stream_;
  std::size_t fields_ = 0;
};

/// Turns a graph into ONNX's messages.
class OnnxEncoder {
 public:
  explicit OnnxEncoder(const OnnxGraph& graph) {
    model_.set_ir_version(kWrittenFormat);
    model_.set_producer_name(graph.producer);
    model_.add_opset_import()->set_version(graph.opset);
    onnx::GraphProto& to = *model_.mutable_graph();
    to.set_name(graph.name);
    for (const OnnxNode& node : graph.nodes) add_node(node, *to.add_node());
    for (const auto& [name, tensor] : graph.constants) {
      onnx::TensorProto& constant = *to.add_initializer();
      constant.set_name(name);
      set_tensor(tensor, constant);
    }
    for (const OnnxValue& value : graph.inputs) set_value(value, *to.add_input());
    for (const OnnxValue& value : graph.outputs) set_value(value, *to.add_output());
  }
  onnx::ModelProto& model() { return model_; }

 private:
  static void set_tensor(const OnnxTensor& tensor, onnx::TensorProto& to) {
    for (const std::int64_t extent : tensor.dims) to.add_dims(extent);
    to.set_data_type(tensor.is_integer() ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
    std::visit(
        [&](const auto& numbers) {
          to.set_raw_data(numbers.data(), numbers.size() * sizeof(numbers[0]));
        },
        tensor.numbers);
  }

  static void set_value(const OnnxValue& value, onnx::ValueInfoProto& to) {
    to.set_name(value.name);
    onnx::TypeProto::Tensor& type = *to.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const OnnxValue::Extent& extent : value.extents) {
      onnx::TensorShapeProto::Dimension& dim = *type.mutable_shape()->add_dim();
      if (extent.size > 0) dim.set_dim_value(extent.size);
      if (extent.size == 0 && !extent.name.empty()) dim.set_dim_param(extent.name);
    }
  }

  static void add_node(const OnnxNode& node, onnx::NodeProto& to) {
    to.set_op_type(node.op);
    to.set_name(node.name);
    for (const std::string& input : node.inputs) to.add_input(input);
    for (const std::string& output : node.outputs) to.add_output(output);
    for (const auto& [name, value] : node.attributes) {
      onnx::AttributeProto& attribute = *to.add_attribute();
      attribute.set_name(name);
      std::visit([&](const auto& given) { set_attribute(given, attribute); }, value);
    }
  }

  static void set_attribute(std::int64_t value, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(value);
  }
  static void set_attribute(float value, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::FLOAT);
    to.set_f(value);
  }
  static void set_attribute(const std::string& value, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::STRING);
    to.set_s(value);
  }
  static void set_attribute(const OnnxInts& values, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) to.add_ints(value);
  }
  static void set_attribute(const std::vector<float>& values, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::FLOATS);
    for (const float value : values) to.add_floats(value);
  }
  static void set_attribute(const OnnxTensor& value, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::TENSOR);
    set_tensor(value, *to.mutable_t());
  }

  onnx::ModelProto model_;
};

/// Turns ONNX's messages into a graph, believing nothing.
class OnnxDecoder {
 public:
  OnnxDecoder(const std::string& path, const onnx::ModelProto& model)
      : path_(path), model_(model) {}

  OnnxGraph graph() {
    read_header();
    for (const onnx::TensorProto& constant : model_.graph().initializer()) {
      const std::string what = "the constant " + onnx_quoted(constant.name());
      if (!made_.insert(constant.name()).second) fail("{} is there twice", what);
      graph_.constants.emplace(constant.name(), tensor(constant, what));
    }
    for (const onnx::ValueInfoProto& input : model_.graph().input()) {
      if (graph_.constants.contains(input.name())) continue;  // as files before format 4 have it
      if (!made_.insert(input.name()).second)
        fail("the input {} is there twice", onnx_quoted(input.name()));
      graph_.inputs.push_back(value(input, "input"));
    }
    for (const onnx::NodeProto& node : model_.graph().node()) read_node(node);
    for (const onnx::ValueInfoProto& output : model_.graph().output()) {
      require_made(output.name(), "the graph's output");
      graph_.outputs.push_back({.name = output.name()});
    }
    return std::move(graph_);
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw InputError("{}: {}", path_, fmt::format(format, std::forward<Args>(args)...));
  }

  void read_header() {
    if (!model_.has_graph() || model_.opset_import().empty())
      fail(
          "this is no ONNX model: it holds no graph, or does not say the version of its operators");
    if (!model_.functions().empty())
      fail("it defines functions of its own, which are not read; export it without them");
    if (!model_.graph().sparse_initializer().empty())
      fail("it holds sparse weights, which are not read; store them as dense ones");
    for (const onnx::OperatorSetIdProto& opset : model_.opset_import())
      if (is_standard(opset.domain())) graph_.opset = opset.version();
    if (graph_.opset < kOldestOpset || graph_.opset > kNewestOpset)
      fail("its operators are of opset {}; expected {} to {}: export it with opset_version=13",
           graph_.opset, kOldestOpset, kNewestOpset);
    graph_.name = model_.graph().name();
    graph_.producer = model_.producer_name();
  }

  static bool is_standard(const std::string& domain) {
    return domain.empty() || domain == "ai.onnx";
  }

  void require_made(const std::string& name, const std::string& taker) const {
    if (!made_.contains(name))
      fail("{} takes the value {}, which nothing above it makes", taker, onnx_quoted(name));
  }

  void read_node(const onnx::NodeProto& from) {
    const std::string what = onnx_place(from.op_type(), from.name(), graph_.opset);
    if (!is_standard(from.domain()))
      fail("{} is an operator of the domain {}, which is not read", what,
           onnx_quoted(from.domain()));
    OnnxNode node{.op = from.op_type(), .name = from.name()};
    for (const std::string& input : from.input()) {
      if (!input.empty()) require_made(input, what);
      node.inputs.push_back(input);
    }
    for (const std::string& output : from.output()) {
      if (!output.empty() && !made_.insert(output).second)
        fail("{} makes the value {}, which is there already", what, onnx_quoted(output));
      node.outputs.push_back(output);
    }
    if (node.outputs.empty() || node.outputs[0].empty()) fail("{} has no output", what);
    for (const onnx::AttributeProto& attribute : from.attribute())
      if (!node.attributes.emplace(attribute.name(), value(attribute, what)).second)
        fail("{} has the attribute {} twice", what, onnx_quoted(attribute.name()));
    graph_.nodes.push_back(std::move(node));
  }

  OnnxAttribute value(const onnx::AttributeProto& from, const std::string& node) const {
    switch (from.type()) {
      case onnx::AttributeProto::INT:
        return static_cast<std::int64_t>(from.i());
      case onnx::AttributeProto::FLOAT:
        return from.f();
      case onnx::AttributeProto::STRING:
        return from.s();
      case onnx::AttributeProto::INTS:
        return OnnxInts(from.ints().begin(), from.ints().end());
      case onnx::AttributeProto::FLOATS:
        return std::vector<float>(from.floats().begin(), from.floats().end());
      case onnx::AttributeProto::TENSOR:
        return tensor(from.t(), fmt::format("{}'s {}", node, onnx_quoted(from.name())));
      case onnx::AttributeProto::GRAPH:
      case onnx::AttributeProto::GRAPHS:
        fail(
            "{} holds a graph of its own, {}, which is not read: export the model without "
            "branches and loops that depend on its data",
            node, onnx_quoted(from.name()));
      default:
        fail("{} has an attribute {} of a kind that is not read", node, onnx_quoted(from.name()));
    }
  }

  OnnxValue value(const onnx::ValueInfoProto& from, const char* kind) const {
    const onnx::TypeProto::Tensor& type = from.type().tensor_type();
    if (!from.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT)
      fail("the {} {} is no tensor of 32-bit floats; export the model in float32", kind,
           onnx_quoted(from.name()));
    if (!type.has_shape()) fail("the {} {} has no shape", kind, onnx_quoted(from.name()));
    if (type.shape().dim_size() > kMostRank)
      fail("the {} {} has {} axes; expected at most {}", kind, onnx_quoted(from.name()),
           type.shape().dim_size(), kMostRank);
    OnnxValue value{.name = from.name()};
    for (const onnx::TensorShapeProto::Dimension& dim : type.shape().dim()) {
      if (dim.dim_value() < 0 || dim.dim_value() > std::numeric_limits<std::int32_t>::max())
        fail("the {} {} has an axis of {}", kind, onnx_quoted(from.name()), dim.dim_value());
      value.extents.push_back({dim.dim_value(), dim.dim_param()});
    }
    return value;
  }

  OnnxTensor tensor(const onnx::TensorProto& from, const std::string& what) const {
    using Proto = onnx::TensorProto;
    if (from.data_location() == Proto::EXTERNAL || !from.external_data().empty())
      fail(
          "{} is stored in another file, and only what is in the model's own file is read; save it "
          "whole, in Python: onnx.save_model(onnx.load(path), path, save_as_external_data=False)",
          what);
    if (from.has_segment()) fail("{} is stored in segments, which are not read", what);
    OnnxTensor tensor;
    if (from.dims_size() > kMostRank) fail("{} has {} axes", what, from.dims_size());
    std::int64_t size = 1, size_without_zeros = 1;
    for (const std::int64_t extent : from.dims()) {
      // More could not be stored in a file of this size.
      constexpr auto kMost = static_cast<std::int64_t>(kLargestFile);
      if (extent < 0 || (extent > 0 && size_without_zeros > kMost / extent))
        fail("{} has an axis of {}, which no file of 2 GiB holds", what, extent);
      size *= extent;
      size_without_zeros *= std::max<std::int64_t>(extent, 1);
      tensor.dims.push_back(extent);
    }
    switch (from.data_type()) {
      case Proto::FLOAT:
        tensor.numbers = numbers<float, float>(from, from.float_data(), size, what);
        break;
      case Proto::DOUBLE:
        tensor.numbers = numbers<float, double>(from, from.double_data(), size, what);
        break;
      case Proto::INT64:
        tensor.numbers = numbers<std::int64_t, std::int64_t>(from, from.int64_data(), size, what);
        break;
      case Proto::INT32:
        tensor.numbers = numbers<std::int64_t, std::int32_t>(from, from.int32_data(), size, what);
        break;
      case Proto::BOOL:
      case Proto::UINT8:
        tensor.numbers = numbers<std::int64_t, std::uint8_t>(from, from.int32_data(), size, what);
        break;
      default:
        fail("{} holds numbers of type {}, which are not read; export the model in float32", what,
             onnx::TensorProto::DataType_IsValid(from.data_type())
                 ? onnx::TensorProto::DataType_Name(
                       static_cast<onnx::TensorProto::DataType>(from.data_type()))
                 : std::to_string(from.data_type()));
    }
    return tensor;
  }

  /// The `size` numbers of a tensor, which lie in raw bytes as Stored, or else in `listed`.
  template <class To, class Stored, class List>
  std::vector<To> numbers(const onnx::TensorProto& from, const List& listed, std::int64_t size,
                          const std::string& what) const {
    if (!from.has_raw_data()) {
      if (listed.size() != size)
        fail("{} should hold {} numbers and holds {}", what, size, listed.size());
      std::vector<To> result;
      for (const auto number : listed) result.push_back(static_cast<To>(number));
      return result;
    }
    const std::string& bytes = from.raw_data();
    if (bytes.size() / sizeof(Stored) != static_cast<std::size_t>(size) ||
        bytes.size() % sizeof(Stored) != 0)
      fail("{} should hold {} numbers of {} bytes and holds {} bytes", what, size, sizeof(Stored),
           bytes.size());
    std::vector<To> result(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < result.size(); ++i) {
      Stored number;
      std::memcpy(&number, bytes.data() + i * sizeof(Stored), sizeof(Stored));
      result[i] = static_cast<To>(number);
    }
    return result;
  }

  const std::string& path_;
  const onnx::ModelProto& model_;
  OnnxGraph graph_;
  std::set<std::string> made_;  // values, and constants among them
};

std::string encode_onnx(const OnnxGraph& graph) {
  OnnxEncoder encoder(graph);
  onnx::ModelProto& model = encoder.model();
  if (model.ByteSizeLong() > kLargestFile)
    throw InputError("the model has more than the 2 GiB that an ONNX file holds");
  try {
    onnx::checker::check_model(model);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                       {/*check_type=*/true, /*error_mode=*/1,
                                        /*data_propagation=*/true});
  } catch (const std::exception& error) {
    throw RunError("ONNX's checker refuses the model that was made: {}", error.what());
  }
  return model.SerializeAsString();
}

OnnxGraph decode_onnx(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file)
    throw InputError("{}: cannot be read: {}", path, error ? error.message() : "no permission");
  if (size > kLargestFile)
    throw InputError("{}: it has {} bytes, and an ONNX file holds at most 2 GiB", path, size);
  onnx::ModelProto model;
  {
    const google::protobuf::LogSilencer quiet;  // a damaged file is told about below
    {
      google::protobuf::io::IstreamInputStream stream(&file);
      google::protobuf::io::CodedInputStream bytes(&stream);
      if (!FieldCount(bytes).is_sensible(*onnx::ModelProto::descriptor()))
        throw InputError(
            "{}: this is no ONNX file, or a damaged one, or its graph is larger than any model's; "
            "take another copy",
            path);
    }
    file.clear();
    file.seekg(0);
    google::protobuf::io::IstreamInputStream stream(&file);
    google::protobuf::io::CodedInputStream bytes(&stream);
    if (!model.ParseFromCodedStream(&bytes) || !bytes.ConsumedEntireMessage())
      throw InputError("{}: this is no ONNX file, or a damaged one; take another copy", path);
  }
  return OnnxDecoder(path, model).graph();
}

}  // namespace
}  // namespace adjoint

extern "C" const adjoint::OnnxModule* adjoint_onnx_module_1() {
  static constexpr adjoint::OnnxModule kModule{adjoint::encode_onnx, adjoint::decode_onnx};
  return &kModule;
}
