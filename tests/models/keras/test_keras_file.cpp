#include <gmock/gmock.h>
#include <hdf5.h>

#include <cstdlib>
#include <fstream>

#include "framework/graph/predictor.hpp"
#include "framework/parallel/thread_pool.hpp"
#include "framework/storage/zip_archive.hpp"
#include "models/formats/export_model.hpp"
#include "models/keras/keras_export.hpp"
#include "models/keras/keras_file.hpp"
#include "models/keras/model_reader.hpp"
#include "tests/models/keras/keras_files.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

bool same(const Tensor& a, const Tensor& b) {
  return shape_of(a) == shape_of(b) && std::ranges::equal(a, b);
}

/// The parameters of a model that was given a file's weights.
std::map<std::string, Tensor> filled(const std::string& path, Model model,
                                     std::optional<WeightMatch> match = {}) {
  put_foreign_weights(path, model, match);
  return copy_weights(model);
}

Json two_layers(const Json& more = Json::array()) {
  std::vector<Json> layers{
      keras_first("Conv2D", "a", {{"filters", 2}, {"kernel_size", 3}}, {nullptr, 8, 8, 1}),
      keras_layer("BatchNormalization", "n", {{"axis", -1}}), keras_conv("b", 1)};
  for (const Json& layer : more) layers.push_back(layer);
  return keras_sequential(layers);
}
const Tensor kA = some_weights({3, 3, 1, 2}, 1), kABias = some_weights({2}, 2),
             kB = some_weights({3, 3, 2, 1}, 3), kBBias = some_weights({1}, 4),
             kGamma = some_weights({2}, 5), kBeta = some_weights({2}, 6),
             kMean = some_weights({2}, 7), kVariance = some_weights({2}, 8);

void expect_two_layers(const ForeignModel& model) {
  EXPECT_TRUE(same(model.weights.at("a/kernel"), kA));
  EXPECT_TRUE(same(model.weights.at("a/bias"), kABias));
  EXPECT_TRUE(same(model.weights.at("n/gamma"), kGamma));
  EXPECT_TRUE(same(model.weights.at("n/beta"), kBeta));
  EXPECT_TRUE(same(model.weights.at("n/moving_mean"), kMean));
  EXPECT_TRUE(same(model.weights.at("n/moving_variance"), kVariance));
  EXPECT_TRUE(same(model.weights.at("b/kernel"), kB));
  EXPECT_TRUE(same(model.weights.at("b/bias"), kBBias));
}

TEST(KerasFile, ReadsNamesWithAndWithoutTheirZeroAndAPrefix) {
  const KerasFolder folder;
  const auto lists = [](const std::string& prefix, const std::string& end) {
    const auto name = [&](const std::string& layer, const std::string& weight) {
      return prefix + layer + "/" + weight + end;
    };
    return std::vector<KerasWeightList>{
        {"a", {{name("a", "kernel"), kA}, {name("a", "bias"), kABias}}},
        {"n",
         {{name("n", "gamma"), kGamma},
          {name("n", "beta"), kBeta},
          {name("n", "moving_mean"), kMean},
          {name("n", "moving_variance"), kVariance}}},
        {"b", {{name("b", "kernel"), kB}, {name("b", "bias"), kBBias}}}};
  };
  for (const auto& [prefix, end] :
       {std::pair{"", ":0"}, std::pair{"", ""}, std::pair{"sequential/", ""}}) {
    const std::string path =
        folder / ("m" + std::to_string(std::strlen(prefix) + std::strlen(end)));
    write_keras2(path, two_layers(), lists(prefix, end));
    expect_two_layers(read_keras_h5(path));
  }
}

TEST(KerasFile, ReadsListsOfNamesThatWereSplit) {
  const KerasFolder folder;
  write_atomically(folder / "m.h5", [&](Hdf5File& file) {
    file.write_text("/", "model_config", two_layers().dump());
    file.make_group("model_weights");
    file.write_texts("model_weights", "layer_names0", {"a", "n"});
    file.write_texts("model_weights", "layer_names1", {"b"});
    const auto put = [&](const std::string& layer,
                         const std::vector<std::pair<std::string, Tensor>>& weights) {
      const std::string group = "model_weights/" + layer;
      file.make_group(group);
      int i = 0;
      for (const auto& [name, value] : weights) {
        file.write(group + "/" + name, view(value));
        file.write_texts(group, "weight_names" + std::to_string(i++), {name});
      }
    };
    put("a", {{"a/kernel:0", kA}, {"a/bias:0", kABias}});
    put("n", {{"n/gamma:0", kGamma},
              {"n/beta:0", kBeta},
              {"n/moving_mean:0", kMean},
              {"n/moving_variance:0", kVariance}});
    put("b", {{"b/kernel:0", kB}, {"b/bias:0", kBBias}});
  });
  expect_two_layers(read_keras_h5(folder / "m.h5"));
}

void write_vars(Hdf5File& file, const std::string& group, const std::vector<Tensor>& values) {
  file.make_group(group + "/vars");
  for (std::size_t i = 0; i < values.size(); ++i)
    file.write(group + "/vars/" + std::to_string(i), view(values[i]));
}

void write_archive(const std::string& path, const Json& config,
                   const std::function<void(Hdf5File&)>& fill) {
  const std::string text = config.dump(), metadata = R"({"keras_version": "3.3.3"})";
  const std::vector<std::byte> weights = hdf5_image(fill);
  write_zip(path, {{"metadata.json", std::as_bytes(std::span(metadata))},
                   {"config.json", std::as_bytes(std::span(text))},
                   {"model.weights.h5", weights}});
}

TEST(KerasFile, CountsLayersByTheirClassInAnArchive) {
  const KerasFolder folder;
  for (const std::string container : {"layers", "_layer_checkpoint_dependencies"}) {
    // Keras 2.13 names every layer twice and so leaves out every second number.
    const std::string second = container == "layers" ? "conv2d_1" : "conv2d_2";
    write_archive(folder / "m.keras", two_layers(), [&](Hdf5File& file) {
      write_vars(file, container + "/conv2d", {kA, kABias});
      write_vars(file, container + "/batch_normalization", {kGamma, kBeta, kMean, kVariance});
      write_vars(file, container + "/" + second, {kB, kBBias});
      file.make_group(container + "/input_layer/vars");
      if (container != "layers") file.make_group("layers/conv2d/vars");  // found again, and empty
    });
    expect_two_layers(read_keras_archive(folder / "m.keras"));
  }
}

TEST(KerasFile, ReadsMoreThanTenLayersOfAClassInTheirOrder) {
  // As texts, conv2d_10 stands before conv2d_2.
  const KerasFolder folder;
  std::vector<Json> layers{keras_layer("InputLayer", "i", {{"batch_shape", {nullptr, 8, 8, 1}}})};
  for (int i = 0; i < 12; ++i) layers.push_back(keras_conv("c" + std::to_string(i), 1));
  write_archive(folder / "m.keras", keras_sequential(layers), [&](Hdf5File& file) {
    for (int i = 0; i < 12; ++i) {
      const std::string name = i == 0 ? "conv2d" : "conv2d_" + std::to_string(i);
      write_vars(file, "layers/" + name,
                 {make_tensor({3, 3, 1, 1}, Real(i)), make_tensor({1}, Real(-i))});
    }
  });
  const ForeignModel model = read_keras_archive(folder / "m.keras");
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(model.weights.at("c" + std::to_string(i) + "/kernel").data()[4], i);
}

Json nested_model() {
  const Json encoder = keras_sequential(
      {keras_first("Conv2D", "a", {{"filters", 2}, {"kernel_size", 3}}, {nullptr, 8, 8, 1}),
       keras_layer("BatchNormalization", "n", {{"axis", -1}})},
      "encoder");
  return keras_sequential({encoder, keras_conv("b", 1)});
}

TEST(KerasFile, FindsTheWeightsOfModelsInTheModel) {
  const KerasFolder folder;
  // In one list, what is trained first.
  write_keras2(folder / "m.h5", nested_model(),
               {{"encoder",
                 {{"a/kernel:0", kA},
                  {"a/bias:0", kABias},
                  {"n/gamma:0", kGamma},
                  {"n/beta:0", kBeta},
                  {"n/moving_mean:0", kMean},
                  {"n/moving_variance:0", kVariance}}},
                {"b", {{"b/kernel:0", kB}, {"b/bias:0", kBBias}}}});
  expect_two_layers(read_keras_h5(folder / "m.h5"));
  write_archive(folder / "m.keras", nested_model(), [&](Hdf5File& file) {
    write_vars(file, "layers/sequential/layers/conv2d", {kA, kABias});
    write_vars(file, "layers/sequential/layers/batch_normalization",
               {kGamma, kBeta, kMean, kVariance});
    write_vars(file, "layers/conv2d", {kB, kBBias});
  });
  expect_two_layers(read_keras_archive(folder / "m.keras"));
}

TEST(KerasFile, SaysWhichWeightsDoNotFit) {
  const KerasFolder folder;
  write_keras2(folder / "m.h5", two_layers(),
               {{"a", {{"a/kernel:0", kB}, {"a/bias:0", kABias}}},
                {"n", {}},
                {"b", {{"b/kernel:0", kB}, {"b/bias:0", kBBias}}},
                {"more", {{"more/kernel:0", kB}}}});
  const std::string message = error_of([&] { read_keras_h5(folder / "m.h5"); });
  EXPECT_THAT(message,
              HasSubstr("m.h5: the weights do not fit the model:\n  layer \"a\": expected kernel "
                        "3x3x1x2, bias 2; the file has a/kernel:0 3x3x2x1, a/bias:0 2\n"));
  EXPECT_THAT(message, HasSubstr("layer \"n\": expected gamma 2, beta 2, moving_mean 2, "
                                 "moving_variance 2; the file has none"));
  EXPECT_THAT(message, HasSubstr("the model has no layer \"more\""));
}

TEST(KerasFile, GivesWeightsAloneToAModelByNameOrInOrder) {
  const KerasFolder folder;
  const Model model =
      build(model_text("[8, 8, 1]", {"name = 'x'\ntype = 'Conv2D'\nfilters = 2\nkernel_size = 3",
                                     "name = 'y'\ntype = 'Conv2D'\nfilters = 2\nkernel_size = 3"}));
  const Tensor second = some_weights({3, 3, 2, 2}, 9), second_bias = some_weights({2}, 10);
  write_atomically(folder / "other.h5", [&](Hdf5File& file) {
    fill_named(file, "",
               {{"input_1", {}},
                {"conv2d_7", {{"conv2d_7/kernel:0", kA}, {"conv2d_7/bias:0", kABias}}},
                {"conv2d_8", {{"conv2d_8/kernel:0", second}, {"conv2d_8/bias:0", second_bias}}}});
  });
  const auto in_order = filled(folder / "other.h5", model);
  EXPECT_TRUE(same(in_order.at("x/kernel"), kA));
  EXPECT_TRUE(same(in_order.at("y/bias"), second_bias));
  EXPECT_THAT(error_of([&] { filled(folder / "other.h5", model, WeightMatch::by_name); }),
              HasSubstr("layer \"x\": expected kernel 3x3x1x2, bias 2; the file has none"));
  // By name, also where the order is another.
  write_atomically(folder / "named.h5", [&](Hdf5File& file) {
    fill_named(file, "",
               {{"y", {{"y/kernel", second}, {"y/bias", second_bias}}},
                {"x", {{"x/kernel", kA}, {"x/bias", kABias}}}});
  });
  EXPECT_TRUE(same(filled(folder / "named.h5", model).at("x/kernel"), kA));
  // Counted by class.
  write_atomically(folder / "counted.weights.h5", [&](Hdf5File& file) {
    write_vars(file, "layers/conv2d", {kA, kABias});
    write_vars(file, "layers/conv2d_1", {second, second_bias});
  });
  EXPECT_TRUE(same(filled(folder / "counted.weights.h5", model).at("y/kernel"), second));
  EXPECT_THAT(error_of([&] { read_keras_h5(folder / "other.h5"); }),
              HasSubstr("holds weights without their model; give them to the model of a config"));
}

TEST(KerasFile, ReadsOneRowKernels) {
  const KerasFolder folder;
  const Tensor kernel = some_weights({5, 3, 4}, 11), bias = some_weights({4}, 12);
  write_keras2(folder / "m.h5",
               keras_sequential({keras_first("Conv1D", "c", {{"filters", 4}, {"kernel_size", {5}}},
                                             {nullptr, 20, 3})}),
               {{"c", {{"c/kernel:0", kernel}, {"c/bias:0", bias}}}});
  const ForeignModel model = read_keras_h5(folder / "m.h5");
  EXPECT_EQ(shape_of(model.weights.at("c/kernel")), (Shape{1, 5, 3, 4}));
  EXPECT_TRUE(std::ranges::equal(model.weights.at("c/kernel"), kernel));
}

// What is written.

std::string every_layer() {
  return model_text(
      "[12, 16, 2]",
      {"name = 'e'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 3\nstrides = 2\npadding = "
       "'same'\nactivation = {kind = 'leaky_relu', negative_slope = 0.1}",
       "name = 'w'\ntype = 'DepthwiseConv2D'\nkernel_size = [2, 4]\npadding = 'same'",
       "name = 'again'\ntype = 'DepthwiseConv2D'\nshared_with = 'w'",
       "name = 's'\ntype = 'SeparableConv2D'\nfilters = 4\nkernel_size = 3\npadding = "
       "'same'\nactivation = 'elu'",
       "name = 'n'\ntype = 'BatchNormalization'\nactivation = 'relu'",
       "name = 'j'\ntype = 'Add'\ninputs = ['n', 'again']",
       "name = 'g'\ntype = 'GroupNormalization'\ngroups = 2",
       "name = 'l'\ntype = 'LayerNormalization'",
       "name = 'p'\ntype = 'PReLU'\nshared_axes = [1, 2]",
       "name = 'k'\ntype = 'AveragePooling2D'\npool_size = 3\nstrides = 2\npadding = 'same'",
       "name = 'd'\ntype = 'Conv2DTranspose'\nfilters = 3\nkernel_size = 4\nstrides = 2\npadding = "
       "'same'\nactivation = 'silu'",
       "name = 'u'\ntype = 'UpSampling2D'\ninterpolation = 'bilinear'",
       "name = 'c'\ntype = 'Concatenate'\ninputs = ['u', 'input']",
       "name = 'o'\ntype = 'Conv2D'\nfilters = 1\nkernel_size = [2, 6]\npadding = "
       "'same'\nactivation = 'sigmoid'"});
}

TEST(KerasFile, WritesWhatReadsBackToTheSameBits) {
  const KerasFolder folder;
  const Model model = build(every_layer(), 3);
  for (const ModelFormat& format : model_formats()) {
    if (!format.write || std::string_view(format.name).find("h5") == std::string_view::npos)
      continue;
    const std::string path = folder / ("m" + std::string(format.extension));
    EXPECT_EQ(export_model(path, format, model, {.name = "m"}, {12, 16, 2}).difference, 0)
        << format.name;
  }
  const std::string archive = folder / "m.keras";
  EXPECT_EQ(
      export_model(archive, model_format("keras"), model, {.name = "m"}, {12, 16, 2}).difference,
      0);
  // Read, written and read again: every weight to the bit.
  const ForeignModel first = read_keras_archive(archive);
  write_keras_h5(folder / "again.h5", build_model(first, archive), "m");
  const ForeignModel second = read_keras_h5(folder / "again.h5");
  ASSERT_EQ(first.weights.size(), second.weights.size());
  for (const auto& [name, value] : first.weights)
    EXPECT_TRUE(same(value, second.weights.at(name))) << name;
}

TEST(KerasFile, WritesExplicitPaddingAsLayersThatDoTheSame) {
  // Zeros on all sides, more of them than the kernel reaches, and an image that needs
  // output_padding beside its cropping; a layer that is called twice, and activations apart.
  const Model model = build(
      model_text(
          "[12, 16, 2]",
          {"name = 'a'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 3\nstrides = 2\npadding = "
           "[[1, 0], [3, 2]]\nactivation = {kind = 'leaky_relu', negative_slope = 0.1}",
           "name = 'w'\ntype = 'DepthwiseConv2D'\nkernel_size = 3\npadding = 1",
           "name = 'again'\ntype = 'DepthwiseConv2D'\nshared_with = 'w'",
           "name = 's'\ntype = 'SeparableConv2D'\nfilters = 4\nkernel_size = 3\npadding = 1",
           "name = 'd'\ntype = 'Conv2DTranspose'\nfilters = 3\nkernel_size = 3\nstrides = 3\n"
           "padding = [[1, 0], [0, 1]]\noutput_padding = [2, 1]\nactivation = {kind = "
           "'leaky_relu', negative_slope = 0.2}",
           "name = 'e'\ntype = 'Conv2DTranspose'\nfilters = 1\nkernel_size = 4\nstrides = 2\n"
           "padding = 1\noutput_padding = 1\nactivation = 'tanh'"}),
      3);
  const KerasFolder folder;
  for (const char* format : {"keras", "keras-h5"}) {
    const ModelFormat& written = model_format(format);
    const std::string path = folder / ("m" + std::string(written.extension));
    EXPECT_LE(export_model(path, written, model, {.name = "m"}, {12, 16, 2}).difference, 1e-6)
        << format;
  }
}

TEST(KerasFile, BecomesAConfigOfTheSameModel) {
  // Activations inside a layer, behind it, and of several steps.
  const std::vector<Json> layers{
      keras_first("Conv2D", "a", {{"filters", 2}, {"kernel_size", 3}, {"activation", "selu"}},
                  {nullptr, 6, 6, 1}),
      keras_layer("LeakyReLU", "l", {{"alpha", 0.3}}),
      keras_conv("b", 2, {{"activation", "relu6"}}),
      keras_layer("Activation", "s", {{"activation", "tanh"}})};
  ModelConfig config{keras::read_model(keras_sequential(layers), "m.h5", false).spec};
  const Model direct = build_model(config.model, 5);
  ModelConfig again;
  parse_config(write_config(config), "m.toml", {}, again);
  const Model written = build_model(again.model, 5);
  Tensor image = some_weights({1, 6, 6, 1});
  ThreadPool pool(1);
  Predictor first(direct, {.batch = 1}, pool), second(written, {.batch = 1}, pool);
  const Tensor expected = first(view(image));
  EXPECT_TRUE(same(expected, second(view(image))));
  EXPECT_NE(*std::ranges::min_element(expected), *std::ranges::max_element(expected));
}

TEST(KerasFile, IsTheSameFileWheneverItIsWritten) {
  const KerasFolder folder;
  const Model model = build(every_layer(), 3);
  const auto bytes = [&](const std::string& name) {
    write_keras_archive(folder / name, model, "m");
    std::ifstream file(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(bytes("one.keras"), bytes("two.keras"));
}

// Files that mean harm. Made with the library itself: our own writer makes none of them.

class HostileHdf5 {
 public:
  explicit HostileHdf5(const std::string& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {
    text(file_, "model_config", two_layers().dump());
    weights_ = H5Gcreate2(file_, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    text(weights_, "layer_names0", "a");
  }
  ~HostileHdf5() {
    H5Gclose(weights_);
    H5Fclose(file_);
  }
  hid_t weights() const { return weights_; }
  hid_t layer(const std::string& weight) {
    const hid_t group = H5Gcreate2(weights_, "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    text(group, "weight_names0", weight);
    return group;
  }
  static void text(hid_t object, const std::string& name, const std::string& value) {
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, value.size());
    const hid_t attribute = H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, value.data());
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
  }

 private:
  hid_t file_, weights_;
};

std::string hostile(const KerasFolder& folder, const std::function<void(HostileHdf5&)>& make) {
  const std::string path = folder / "hostile.h5";
  {
    HostileHdf5 file(path);
    make(file);
  }
  return error_of([&] { read_keras_h5(path); });
}

TEST(HostileKerasFile, MayNotLinkToOtherFilesOrPlaces) {
  const KerasFolder folder;
  EXPECT_THAT(hostile(folder,
                      [&](HostileHdf5& file) {
                        H5Lcreate_external("/etc/passwd", "/x", file.weights(), "a", H5P_DEFAULT,
                                           H5P_DEFAULT);
                      }),
              HasSubstr("hostile.h5: '/model_weights/a' is an external link"));
  EXPECT_THAT(hostile(folder,
                      [&](HostileHdf5& file) {
                        H5Lcreate_soft("/", file.weights(), "a", H5P_DEFAULT, H5P_DEFAULT);
                      }),
              HasSubstr("'/model_weights/a' is a soft link"));
  EXPECT_THAT(hostile(folder, [&](HostileHdf5& file) { H5Gclose(file.layer("../../x")); }),
              HasSubstr("attributes of '/model_weights/a' name \"../../x\"; expected the name of "
                        "an object in it"));
}

TEST(HostileKerasFile, MayNotTakeItsNumbersFromElsewhere) {
  const KerasFolder folder;
  const auto dataset = [](HostileHdf5& file, hid_t creation, std::vector<hsize_t> extents) {
    const hid_t group = file.layer("w");
    const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
    H5Dclose(H5Dcreate2(group, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(creation);
    H5Gclose(group);
  };
  EXPECT_THAT(hostile(folder,
                      [&](HostileHdf5& file) {
                        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
                        H5Pset_external(creation, "/etc/passwd", 0, 72);
                        dataset(file, creation, {18});
                      }),
              HasSubstr("dataset '/model_weights/a/w' takes its numbers from elsewhere"));
  EXPECT_THAT(hostile(folder,
                      [&](HostileHdf5& file) {
                        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
                        const hsize_t extent = 18;
                        const hid_t space = H5Screate_simple(1, &extent, nullptr);
                        H5Pset_virtual(creation, space, "/etc/passwd", "x", space);
                        H5Sclose(space);
                        dataset(file, creation, {18});
                      }),
              HasSubstr("dataset '/model_weights/a/w' takes its numbers from elsewhere"));
  EXPECT_THAT(hostile(folder,
                      [&](HostileHdf5& file) {
                        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
                        const hsize_t chunk = 1024;
                        H5Pset_chunk(creation, 1, &chunk);
                        dataset(file, creation, {hsize_t{1} << 40});
                      }),
              HasSubstr("claims more elements than its 0 stored bytes can hold"));
}

TEST(HostileKerasFile, MayNotExpandWithoutEnd) {
  const KerasFolder folder;
  const std::string message = hostile(folder, [&](HostileHdf5& file) {
    const hid_t group = file.layer("w"), creation = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t extent = hsize_t{32} << 20, chunk = hsize_t{1} << 20;  // 128 MiB of zeros
    H5Pset_chunk(creation, 1, &chunk);
    H5Pset_deflate(creation, 9);
    const hid_t space = H5Screate_simple(1, &extent, nullptr);
    const hid_t set =
        H5Dcreate2(group, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    const std::vector<float> zeros(extent);
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data());
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(creation);
    H5Gclose(group);
  });
  EXPECT_THAT(message, HasSubstr("dataset '/model_weights/a/w' claims more elements than its"));
}

TEST(HostileKerasFile, MayNotAskForMoreWeightsThanItHolds) {
  const KerasFolder folder;
  Json model =
      keras_sequential({keras_first("Dense", "d", {{"units", 1 << 30}}, {nullptr, 1 << 20})});
  write_keras2(folder / "m.h5", model, {{"d", {{"d/kernel:0", kA}}}});
  EXPECT_THAT(
      error_of([&] { read_keras_h5(folder / "m.h5"); }),
      HasSubstr("its kernel is 1048576x1073741824, more numbers than there are weights for"));
}

TEST(HostileKerasFile, MayNotHoldNumbersThatAreNone) {
  const KerasFolder folder;
  Tensor bad = kA;
  bad.data()[3] = std::numeric_limits<Real>::quiet_NaN();
  write_keras2(folder / "m.h5",
               keras_sequential({keras_first("Conv2D", "a", {{"filters", 2}, {"kernel_size", 3}},
                                             {nullptr, 8, 8, 1})}),
               {{"a", {{"a/kernel:0", bad}, {"a/bias:0", kABias}}}});
  const std::string path = folder / "m.h5";
  EXPECT_THAT(error_of([&] { build_model(read_foreign_model(path), path); }),
              HasSubstr("m.h5: the weight a/kernel holds numbers that are not finite"));
}

TEST(HostileKerasFile, MayNotCloseACircleOfGroups) {
  const KerasFolder folder;
  const std::string path = folder / "c.weights.h5";
  {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t layers = H5Gcreate2(file, "layers", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (const char* name : {"a", "b", "c"})
      H5Lcreate_hard(file, "/", layers, name, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(layers);
    H5Fclose(file);
  }
  const Model model = build(model_text("[4]", {"type = 'Dense'\nunits = 2"}));
  EXPECT_THAT(error_of([&] { filled(path, model); }), HasSubstr("lie in each other without end"));
}

TEST(HostileKerasFile, IsRefusedAsAnArchiveThatIsNone) {
  const KerasFolder folder;
  const auto read = [&](const std::string& bytes) {
    std::ofstream(folder / "m.keras", std::ios::binary) << bytes;
    return error_of([&] { read_keras_archive(folder / "m.keras"); });
  };
  EXPECT_THAT(read("PK\3\4 and no more"), HasSubstr("m.keras: "));
  write_archive(folder / "deep.keras", two_layers(), [](Hdf5File& file) { file.make_group("x"); });
  EXPECT_THAT(error_of([&] { read_keras_archive(folder / "deep.keras"); }),
              HasSubstr("deep.keras:/model.weights.h5: the model is there, and no weights of it"));
}

// Real files: models that others trained and saved.

TEST(RealKerasFiles, AreReadWhole) {
  const char* data = std::getenv("ADJOINT_DATA");
  if (!data || !std::filesystem::exists(std::string(data) + "/keras-models"))
    GTEST_SKIP() << "set ADJOINT_DATA to the folder that holds keras-models";
  const std::string folder = std::string(data) + "/keras-models/";
  const auto parameters = [&](const std::string& name) {
    return build_model(read_foreign_model(folder + name), name).parameter_count();
  };
  // 9 (in channels) (out channels) + out channels for each 3x3 layer of the architecture.
  EXPECT_EQ(parameters("qusai-28x280-convT.h5"), (9 * 32 + 32) + (9 * 32 * 32 + 32) +
                                                     (9 * 32 * 64 + 64) + 2 * (9 * 64 * 64 + 64) +
                                                     (9 * 64 * 32 + 32) + (9 * 32 + 1));
  EXPECT_EQ(parameters("aryan-denoise256-k3.0.keras"), 74497);
  EXPECT_EQ(parameters("carlosnatalino-ae614-k2.3.h5"), (36 + 1) + (36 * 16 + 16) + (36 * 16 + 1) +
                                                            2 * (9 + 1) + 2 * (36 + 1) +
                                                            (36 * 16 + 16) + (36 * 16 + 1));
  const Model model =
      build(model_text("[0, 0, 1]", {"type = 'Conv2D'\nfilters = 16\nkernel_size = 3",
                                     "type = 'Conv2D'\nfilters = 9\nkernel_size = 3",
                                     "type = 'Conv2D'\nfilters = 8\nkernel_size = 3",
                                     "type = 'Conv2D'\nfilters = 16\nkernel_size = 3",
                                     "type = 'Conv2D'\nfilters = 1\nkernel_size = 3"}));
  EXPECT_EQ(filled(folder + "cilouche-conv.weights.h5", model).size(), 10u);
}

}  // namespace
}  // namespace adjoint
