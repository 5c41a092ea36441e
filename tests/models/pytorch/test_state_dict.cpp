// Files that torch.save wrote, and files that only claim to be such.

#include "models/pytorch/state_dict.hpp"

#include <gmock/gmock.h>

#include "framework/graph/predictor.hpp"
#include "framework/storage/zip_archive.hpp"
#include "models/formats/safetensors.hpp"
#include "models/pytorch/write_pytorch.hpp"
#include "tests/datasets/files.hpp"
#include "tests/models/pytorch/python.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The model of make_state_dicts.py, its layers under these names.
Model autoencoder(const std::vector<std::string>& names) {
  const auto layer = [&](std::size_t i, const std::string& text) {
    return "name = '" + names.at(i) + "'\n" + text;
  };
  return build(model_text(
      "[8, 6, 2]",
      {layer(0, "type = 'Conv2D'\nfilters = 6\nkernel_size = 3\nstrides = 2\npadding = 1"),
       layer(1, "type = 'BatchNormalization'\nepsilon = 1e-5"),
       layer(2, "type = 'PReLU'\nshared_axes = [1, 2]"), "type = 'Flatten'",
       layer(3, "type = 'Dense'\nunits = 5\nactivation = 'tanh'"),
       layer(4, "type = 'Dense'\nunits = 72"), "type = 'Reshape'\ntarget_shape = [4, 3, 6]",
       layer(5,
             "type = 'Conv2DTranspose'\nfilters = 4\nkernel_size = 3\nstrides = 2\npadding = "
             "1\noutput_padding = 1\ngroups = 2\nactivation = 'relu'"),
       layer(6,
             "type = 'Conv2D'\nfilters = 2\nkernel_size = 3\npadding = 1\nuse_bias = "
             "false\nactivation = 'sigmoid'")}));
}
const std::vector<std::string> kTheirNames{"conv1", "norm1", "slope1", "code",
                                           "grow",  "conv2", "conv3"};
const std::vector<std::string> kOurNames{"enc", "norm", "slope", "down", "up", "dec", "out"};

class StateDict : public testing::Test {
 protected:
  /// Files that PyTorch writes; made once for all tests.
  static const std::filesystem::path& made() {
    static const TempFolder folder;
    static const bool once = [] {
      run_python("make_state_dicts.py", {folder.path().string()});
      return true;
    }();
    EXPECT_TRUE(once);
    return folder.path();
  }
  static Tensor expected(const std::string& name) {
    for (ForeignWeight& weight : read_safetensors((made() / "expected.safetensors").string()))
      if (weight.name == name) return weight.value;
    ADD_FAILURE() << name;
    return {};
  }

  void expect_outputs(const Model& model, const std::string& name) {
    const Tensor input = expected("input"), output = expected(name);
    Predictor predictor(model, {}, pool_);
    const Tensor got = predictor(view(input));
    ASSERT_EQ(shape_of(got), shape_of(output));
    for (std::size_t i = 0; i < got.size(); ++i)
      ASSERT_NEAR(got.data()[i], output.data()[i], 1e-5) << i;
  }

  std::string refusal(const std::string& path) {
    return error_of([&] { read_state_dict(path); });
  }
  /// The refusal of an archive with this pickle and a storage "0" of 16 bytes.
  std::string refusal_of_pickle(const std::string& pickle) {
    const std::string storage(16, '\1'), path = (folder_ / "hostile.pt").string();
    write_zip(path, {{"archive/data.pkl", std::as_bytes(std::span(pickle))},
                     {"archive/data/0", std::as_bytes(std::span(storage))}});
    return refusal(path);
  }

  TempFolder folder_;
  ThreadPool pool_{1};
};

TEST_F(StateDict, GivesTheSameOutputsHoweverItWasSaved) {
  ADJOINT_NEEDS_TORCH();
  for (const std::string name :
       {"plain.pt", "half.pt", "bfloat16.pt", "double.pt", "noncontiguous.pt", "shared.pt",
        "prefixed.pt", "protocol4.pt", "checkpoint.pt", "lightning.ckpt", "model.pth"}) {
    SCOPED_TRACE(name);
    const std::string path = (made() / name).string();
    const std::vector<ForeignWeight> weights = read_pytorch(path);
    Model by_name = autoencoder(kTheirNames), by_order = autoencoder(kOurNames);
    assign_weights(path, weights, WeightLayout::pytorch, WeightMatch::by_name, by_name);
    expect_outputs(by_name, name);
    assign_weights(path, weights, WeightLayout::pytorch, WeightMatch::by_order, by_order);
    expect_outputs(by_order, name);
  }
}

// Its buffers stand behind all parameters, so that only the names tell.
TEST_F(StateDict, IsReadByNameInAnyOrder) {
  ADJOINT_NEEDS_TORCH();
  const std::string path = (made() / "parameters.pt").string();
  Model model = autoencoder(kTheirNames);
  assign_weights(path, read_pytorch(path), WeightLayout::pytorch, WeightMatch::by_name, model);
  expect_outputs(model, "parameters.pt");
  Model other = autoencoder(kOurNames);
  EXPECT_THAT(error_of([&] {
                assign_weights(path, read_pytorch(path), WeightLayout::pytorch,
                               WeightMatch::by_order, other);
              }),
              AllOf(HasSubstr("running_mean"), HasSubstr("slope1.weight")));
}

TEST_F(StateDict, IsRefusedWithTheRemedyWhereItIsNone) {
  ADJOINT_NEEDS_TORCH();
  const std::string remedy = "torch.save(model.state_dict(), \"weights.pt\")";
  EXPECT_THAT(refusal((made() / "legacy.pt").string()),
              AllOf(HasSubstr("legacy.pt"), HasSubstr("before version 1.6"), HasSubstr(remedy)));
  EXPECT_THAT(refusal((made() / "whole.pt").string()),
              AllOf(HasSubstr("\"__main__.Autoencoder\""), HasSubstr(remedy)));
  EXPECT_THAT(refusal((made() / "tensor.pt").string()), HasSubstr(remedy));
  EXPECT_THAT(refusal((made() / "empty.pt").string()), HasSubstr(remedy));
  EXPECT_THAT(refusal((made() / "script.pt").string()),
              AllOf(HasSubstr("TorchScript"), HasSubstr("torch.jit.load(\"script.pt\")")));
  EXPECT_THAT(refusal((folder_ / "none.pt").string()), HasSubstr("cannot open"));
  EXPECT_THAT(refusal(folder_.path().string()), HasSubstr("is a folder"));
  EXPECT_THAT(refusal(folder_.write("text.pt", "PK, not").string()), HasSubstr("no zip archive"));
}

// Zeros, packed a thousand to one.
TEST_F(StateDict, IsRefusedWhereItExpandsWithoutEnd) {
  ADJOINT_NEEDS_TORCH();
  const std::string path = (folder_ / "bomb.pt").string();
  const std::string write =
      "import sys, zipfile, io, torch\n"
      "plain = io.BytesIO()\n"
      "torch.save({'w': torch.zeros(1 << 25)}, plain)\n"
      "source = zipfile.ZipFile(plain)\n"
      "with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as packed:\n"
      "    for name in source.namelist(): packed.writestr(name, source.read(name))\n";
  ASSERT_EQ(run_program({python_with_torch(), "-c", write, path}).status, 0);
  EXPECT_LT(std::filesystem::file_size(path), 1'000'000u);
  EXPECT_THAT(refusal(path), AllOf(HasSubstr("bomb.pt"), HasSubstr("/data/0' would expand"),
                                   HasSubstr("134217728")));
}

// What Adjoint writes comes back bit by bit, also through PyTorch.
TEST_F(StateDict, ComesBackAsItWasExported) {
  Model model = autoencoder(kOurNames);
  model.initialize(9);
  write_pytorch(folder_.path().string(), model, "model");
  const std::string path = (folder_ / "model.safetensors").string();
  for (WeightMatch match : {WeightMatch::by_name, WeightMatch::by_order}) {
    Model copy = autoencoder(kOurNames);
    const WeightTransfer transfer =
        assign_weights(path, read_pytorch(path), WeightLayout::pytorch, match, copy);
    EXPECT_EQ(transfer.taken.size(), model.parameters().size());
    for (std::size_t p = 0; p < model.parameters().size(); ++p)
      EXPECT_EQ(copy.parameters()[p].value, model.parameters()[p].value)
          << model.parameters()[p].name;
  }
}

// Pickles, byte by byte. "\x80\x02" begins each and "." ends it.

std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
std::string text(const std::string& value) {
  std::string bytes = "X";
  const auto size = static_cast<std::uint32_t>(value.size());
  bytes.append(reinterpret_cast<const char*>(&size), 4);
  return bytes + value;
}
std::string small(int value) {
  return std::string("K") + static_cast<char>(value);
}
/// A 32-bit integer.
std::string integer(std::int32_t value) {
  return "J" + std::string(reinterpret_cast<const char*>(&value), 4);
}
std::string long_integer(std::int64_t value) {
  return std::string("\x8a\x08") + std::string(reinterpret_cast<const char*>(&value), 8);
}
/// ('storage', torch.FloatStorage, '0', 'cpu', count)
std::string storage(const std::string& count = small(4), const std::string& key = "0") {
  return "(" + text("storage") + global("torch", "FloatStorage") + text(key) + text("cpu") + count +
         "tQ";
}
/// {"w": tensor of these operands}
std::string one_tensor(const std::string& storage, const std::string& offset,
                       const std::string& shape, const std::string& strides) {
  return "\x80\x02}" + text("w") + global("torch._utils", "_rebuild_tensor_v2") + "(" + storage +
         offset + "(" + shape + "t(" + strides + "t\x89" + "NtRs.";
}

TEST_F(StateDict, IsReadFromAPickleMadeByHand) {
  EXPECT_EQ(refusal_of_pickle(one_tensor(storage(), small(1), small(3), small(1))), "");
  EXPECT_EQ(
      refusal_of_pickle(one_tensor(storage(), small(0), small(2) + small(2), small(1) + small(2))),
      "");
}

TEST_F(StateDict, IsRefusedWhereItsTensorsLie) {
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), small(2), small(3), small(1))),
              AllOf(HasSubstr("hostile.pt"), HasSubstr("tensor \"w\" reaches beyond its storage")));
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), integer(-1), small(3), small(1))),
              HasSubstr("reaches beyond"));
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), small(0), small(3), integer(-1))),
              HasSubstr("reaches beyond"));
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), small(0), integer(-3), small(1))),
              HasSubstr("an axis of -3"));
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), small(0), small(2) + small(2),
                                           small(1) + long_integer(INT64_MAX))),
              HasSubstr("reaches beyond"));
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), long_integer(INT64_MAX), small(2), small(1))),
              HasSubstr("reaches beyond"));
  EXPECT_THAT(
      refusal_of_pickle(one_tensor(storage(), small(0), small(4) + small(4), small(0) + small(0))),
      HasSubstr("more numbers than its storage"));
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), small(0), long_integer(INT64_MAX), small(0))),
              HasSubstr("an axis of"));
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), small(0), small(2), "")),
              HasSubstr("0 strides"));
  EXPECT_THAT(
      refusal_of_pickle(one_tensor(storage(long_integer(INT64_MAX)), small(0), small(2), small(1))),
      AllOf(HasSubstr("archive/data/0"), HasSubstr("has 16 bytes")));
  EXPECT_THAT(
      refusal_of_pickle(one_tensor(storage(small(4), "../../0"), small(0), small(2), small(1))),
      HasSubstr("there is no 'archive/data/../../0' in it"));
  const std::string ones = small(1) + small(1) + small(1);
  EXPECT_THAT(refusal_of_pickle(one_tensor(storage(), small(0), ones + ones, ones + ones)),
              HasSubstr("has 6 axes"));
}

TEST_F(StateDict, RunsNothing) {
  const std::string marker = (folder_ / "ran").string();
  EXPECT_THAT(
      refusal_of_pickle("\x80\x02" + global("os", "system") + text("touch " + marker) + "\x85R."),
      AllOf(HasSubstr("hostile.pt: data.pkl"), HasSubstr("\"os.system\"")));
  EXPECT_THAT(refusal_of_pickle("\x80\x04" + text("builtins") + text("eval") + "\x93."),
              HasSubstr("\"builtins.eval\""));
  EXPECT_THAT(refusal_of_pickle("\x80\x02" + global("torch._utils", "_rebuild_tensor") + "."),
              HasSubstr("\"torch._utils._rebuild_tensor\""));
  // INST, OBJ, NEWOBJ, EXT1, PERSID and an older REDUCE of a class.
  EXPECT_THAT(refusal_of_pickle("\x80\x02(ios\nsystem\n."), HasSubstr("instruction 0x69"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02(o."), HasSubstr("instruction 0x6f"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02)\x81."), HasSubstr("instruction 0x81"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02\x82\x01."), HasSubstr("instruction 0x82"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02Pevil\n."), HasSubstr("instruction 0x50"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02]}b."), HasSubstr("an object with attributes"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02" + global("collections", "OrderedDict") + "]\x85R."),
              HasSubstr("other arguments than PyTorch"));
  EXPECT_FALSE(std::filesystem::exists(marker));
}

TEST_F(StateDict, IsRefusedInBoundedTimeAndMemory) {
  // A dictionary that is its own "state_dict", a list in itself, and marks and values without end.
  EXPECT_THAT(refusal_of_pickle("\x80\x02}q\x01" + text("state_dict") + "h\x01s."),
              HasSubstr("no state_dict in it"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02]q\x01h\x01"
                                "a."),
              HasSubstr("no state_dict in it"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02" + std::string(3'000'000, '}') + "."),
              HasSubstr("more than 1000000 values"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02" + std::string(3'000'000, '(') + "."),
              HasSubstr("a value that is not there"));
  std::string recalls = "\x80\x02}q\x01";
  for (int i = 0; i < 1'500'000; ++i) recalls += "h\x01";
  EXPECT_THAT(refusal_of_pickle(recalls + "."), HasSubstr("its stack has no end"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02h\x07."), HasSubstr("recalls"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02X\xff\xff\xff\xff."), HasSubstr("ends too early"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02."), HasSubstr("not there"));
  EXPECT_THAT(refusal_of_pickle("\x80\x02}"), HasSubstr("ends too early"));
  EXPECT_THAT(refusal_of_pickle("\x80\x09."), HasSubstr("protocol 9"));
  EXPECT_THAT(refusal_of_pickle(""), HasSubstr("ends too early"));
  // The same storage again and again.
  std::string many = "\x80\x02}(";
  for (int i = 0; i < 100; ++i) {
    const std::string one = one_tensor(storage(), small(0), small(4), small(1));
    many += text(fmt::format("w{}", i)) + one.substr(3 + text("w").size());
    many.resize(many.size() - 2);  // without "s."
  }
  EXPECT_THAT(refusal_of_pickle(many + "u."), HasSubstr("share a storage"));
}

}  // namespace
}  // namespace adjoint
