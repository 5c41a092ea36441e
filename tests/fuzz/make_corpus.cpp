// Writes the corpora of the fuzz targets: a few small files of each kind, as our own writers make
// them.
//   make_corpus FOLDER        writes FOLDER/TARGET/NAME

#include <zlib.h>

#include <fstream>
#include <iostream>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/storage/checkpoint.hpp"
#include "framework/storage/npy_format.hpp"
#include "framework/storage/zip_archive.hpp"
#include "models/formats/array_weights.hpp"
#include "models/formats/safetensors.hpp"
#include "models/onnx/onnx_file.hpp"
#include "tests/datasets/fetch/tar_bytes.hpp"
#include "tests/fuzz/onnx_corpus.hpp"
#include "tests/fuzz/small_model.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

Tensor some_numbers(const Shape& shape) {
  Tensor numbers = make_tensor(shape);
  for (Index i = 0; i < shape.size(); ++i)
    numbers.data()[i] = static_cast<Real>((i * 37 + i / 11) % 256) / 255;
  return numbers;
}

class Corpus {
 public:
  explicit Corpus(fs::path folder) : folder_(std::move(folder)) {}

  fs::path path(const std::string& target, const std::string& name) const {
    fs::create_directories(folder_ / target);
    return folder_ / target / name;
  }
  void write(const std::string& target, const std::string& name, const std::string& bytes) const {
    std::ofstream(path(target, name), std::ios::binary) << bytes;
  }

 private:
  fs::path folder_;
};

void write_images(const Corpus& corpus) {
  struct Kind {
    std::string target;
    std::vector<std::string> extensions;
    std::vector<int> bits;
  };
  const std::vector<Kind> kinds{{"png", {".png"}, {8, 16}},
                                {"jpeg", {".jpg"}, {8}},
                                {"tiff", {".tif"}, {8, 16, 32}},
                                {"pnm", {".pgm", ".ppm"}, {8, 16}},
                                {"bmp", {".bmp"}, {8}}};
  for (const Kind& kind : kinds) {
    for (const int bits : kind.bits) {
      for (const Index channels : {1, 3}) {
        const Tensor pixels = some_numbers({5, 7, channels});
        const std::string& extension =
            kind.extensions[channels == 1 ? 0 : kind.extensions.size() - 1];
        const fs::path file =
            corpus.path(kind.target, (channels == 1 ? "gray-" : "rgb-") + std::to_string(bits));
        write_image(file.string() + extension, view(pixels), bits);
        fs::rename(file.string() + extension, file);
      }
    }
  }
  corpus.write("pnm", "text-gray", "P2\n# some text\n3 2\n15\n0 1 2\n13 14 15\n");
  corpus.write("pnm", "text-rgb", "P3 1 2 255 0 127 255 1 2 3\n");
}

void write_arrays(const Corpus& corpus) {
  const Tensor images = some_numbers({3, 4, 4, 1});
  write_npy(corpus.path("npy", "images"), view(images));
  const Tensor numbers = some_numbers({5}), two = some_numbers({2, 3, 3});
  write_npy(corpus.path("npy", "numbers"), view(numbers));
  std::string bytes{"\x93NUMPY\x01\x00\x46\x00", 10};
  bytes += "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 3), }         \n";
  corpus.write("npy", "bytes", bytes + "abcdefghijkl");
  // In our own format, whose structures have checksums. That of HDF5's default has none, and the
  // library (1.10.8) crashes on some files of it that were changed on purpose.
  write_atomically(corpus.path("hdf5", "images").string(),
                   [&](Hdf5File& file) { file.write("data", view(images)); });
  write_atomically(corpus.path("hdf5", "two").string(), [&](Hdf5File& file) {
    file.write("data", view(two));
    file.write("labels", std::vector<std::int64_t>{1, 2});
    file.write_text("/", "note", "text");
  });
}

void write_idx_and_cifar10(const Corpus& corpus) {
  std::string images{"\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16};
  images += "abcdefghijkl";
  corpus.write("idx", "images", images);
  corpus.write("idx", "labels", std::string("\0\0\x08\x01\0\0\0\x02\x07\x03", 10));
  const gzFile zipped = gzopen(corpus.path("idx", "zipped").c_str(), "wb");
  gzwrite(zipped, images.data(), static_cast<unsigned>(images.size()));
  gzclose(zipped);
  corpus.write("cifar10", "one", std::string(3073, '\x01'));
  corpus.write("cifar10", "two", std::string(3073, '\x02') + std::string(3073, '\x09'));
}

void write_tar(const Corpus& corpus) {
  const std::string tar = tar_bytes({{"data/", "", '5'},
                                     {"data/one.bin", "some bytes"},
                                     {"../two.bin", std::string(600, 'x')},
                                     {"data/link", "", '2'}});
  corpus.write("tar", "plain", tar);
  corpus.write("tar", "zipped", gzip_bytes(tar, corpus.path("tar", "scratch")));
}

void write_checkpoint(const Corpus& corpus) {
  const Model model = small_model();
  Checkpoint checkpoint{.config = "name = \"x\"\n", .config_folder = "/x"};
  checkpoint.initial_weights = copy_weights(model);
  checkpoint.history = {.columns = {"epoch", "loss"}, .rows = {{1, 0.5}}};
  save_checkpoint(corpus.path("checkpoint", "plain").string(), model, checkpoint);
  checkpoint.optimizer.step = 3;
  checkpoint.optimizer.slots["enc1/kernel"]["m"] = some_numbers({3, 3, 1, 2});
  checkpoint.optimizer.averages["enc1/kernel"] = some_numbers({3, 3, 1, 2});
  checkpoint.learned["normalization/offset"] = {0.5};
  save_checkpoint(corpus.path("checkpoint", "trained").string(), model, checkpoint);
}

void write_onnx_models(const Corpus& corpus) {
  for (const auto& [name, graph] : onnx_corpus())
    write_onnx_graph(corpus.path("onnx", name).string(), graph);
}

// (PyTorch itself wrote what stands in corpus/state_dict.)
void write_weights(const Corpus& corpus) {
  const Tensor two = some_numbers({2, 3, 3});
  write_safetensors(
      corpus.path("safetensors", "floats").string(),
      {{.name = "enc1.weight", .value = two},
       {.name = "norm.num_batches_tracked", .value = make_tensor({1}, 7), .is_integer = true}});
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},)"
      R"("b":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]}})";
  corpus.write("safetensors", "halves",
               std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header +
                   "12345678");

  Model model = small_model();
  model.initialize(1);
  write_npz_weights(corpus.path("npz", "weights").string(), model);
  corpus.write("npz", "array", npy_bytes(view(two)));
  corpus.write("npz", "texts", npy_bytes(std::vector<std::string>{"a", "bc"}));
}

void write_keras(const Corpus& corpus) {
  corpus.write("keras", "sequential", R"({"class_name":"Sequential","config":{"name":"s","layers":[
{"class_name":"InputLayer","config":{"batch_input_shape":[null,8,8,1],"name":"i"}},
{"class_name":"Conv2D","config":{"name":"a","filters":2,"kernel_size":[3,3],"strides":[2,2],"padding":"same",
"data_format":"channels_last","dilation_rate":[1,1],"groups":1,"activation":"relu","use_bias":true,
"kernel_initializer":{"class_name":"GlorotUniform","config":{"seed":null}},"kernel_regularizer":{"class_name":"L2",
"config":{"l2":0.01}}}},{"class_name":"BatchNormalization","config":{"name":"n","axis":[3],"momentum":0.9}},
{"class_name":"LeakyReLU","config":{"name":"l","alpha":0.3}},{"class_name":"Conv2DTranspose","config":{"name":"t",
"filters":1,"kernel_size":3,"strides":2,"padding":"same","output_padding":null}}]}})");
  corpus.write("keras", "functional", R"({"class_name":"Functional","config":{"name":"f","layers":[
{"class_name":"InputLayer","config":{"batch_shape":[null,null,null,3],"name":"i"},"name":"i","inbound_nodes":[]},
{"class_name":"Sequential","config":{"name":"m","layers":[{"class_name":"Dropout","config":{"rate":0.5,"name":"d"}}]},
"name":"m","inbound_nodes":[[["i",0,0,{}]]]},{"class_name":"Add","config":{"name":"p"},"name":"p",
"inbound_nodes":[{"args":[[{"class_name":"__keras_tensor__","config":{"shape":[null],"keras_history":["m",1,0]}},
{"class_name":"__keras_tensor__","config":{"shape":[null],"keras_history":["i",0,0]}}]],"kwargs":{"mask":null}}]}],
"input_layers":["i",0,0],"output_layers":[["p",0,0]]}})");
  corpus.write("keras", "steps",
               R"({"class_name":"Sequential","config":[{"class_name":"Conv1D","config":{
"batch_input_shape":[null,20,3],"name":"c","filters":4,"kernel_size":[5],"padding":"causal"}},
{"class_name":"Flatten","config":{"name":"f"}},{"class_name":"Dense","config":{"name":"d","units":8}},
{"class_name":"Reshape","config":{"name":"r","target_shape":[4,2]}}]})");
  const Tensor kernel = some_numbers({3, 3, 1, 2}), bias = some_numbers({2});
  write_atomically(corpus.path("keras_weights", "named").string(), [&](Hdf5File& file) {
    file.write("model_weights/enc1/enc1/kernel:0", view(kernel));
    file.write("model_weights/enc1/enc1/bias:0", view(bias));
    file.write_texts("model_weights", "layer_names", {"enc1"});
    file.write_texts("model_weights/enc1", "weight_names", {"enc1/kernel:0", "enc1/bias:0"});
  });
  write_atomically(corpus.path("keras_weights", "counted").string(), [&](Hdf5File& file) {
    file.write("layers/conv2d/vars/0", view(kernel));
    file.write("layers/conv2d/vars/1", view(bias));
    file.write_text("layers/conv2d/vars", "name", "enc1");
    file.make_group("layers/functional/layers/dense/vars");
  });
  const std::string text = "some text";
  write_zip(corpus.path("zip", "two").string(),
            {{"a/b", std::as_bytes(std::span(text))}, {"empty", {}}});
}

void write_texts(const Corpus& corpus) {
  corpus.write("csv", "labels", "name,label\na.png,1\r\n\nb.png, 2\n");
  corpus.write("csv", "quoted", "\"a,b\",\"say \"\"so\"\"\"\n\"two\nlines\",x\n");
  corpus.write("config", "images",
               "[data]\nsource = \"images\"\npath = \"x\"\npatches = [8, 16]\nresize = 4\n"
               "[augmentation]\nflip_horizontal = true\n[[corruption]]\nkind = \"gaussian\"\n"
               "sigma = [0.05, 0.3]\n[[corruption]]\nkind = \"mask\"\n");
  corpus.write("config", "parts",
               "[data]\nsource = \"parts\"\nnormalization = {kind = \"global_contrast\", norm = "
               "\"l1\"}\n[[data.part]]\nsource = \"idx\"\npath = 'y'\nclasses = [1, \"b\"]\n");
  corpus.write("config", "radar",
               "[data]\nsource = \"synthetic\"\nstyle = \"radar\"\ncount = 1_000\nsize = 1e3\n");
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_corpus FOLDER\n";
    return 2;
  }
  const adjoint::Corpus corpus(argv[1]);
  adjoint::write_images(corpus);
  adjoint::write_arrays(corpus);
  adjoint::write_idx_and_cifar10(corpus);
  adjoint::write_tar(corpus);
  adjoint::write_checkpoint(corpus);
  adjoint::write_keras(corpus);
  adjoint::write_texts(corpus);
  adjoint::write_onnx_models(corpus);
  adjoint::write_weights(corpus);
}
