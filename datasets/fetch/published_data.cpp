#include "datasets/fetch/published_data.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "datasets/fetch/embedded.hpp"

namespace adjoint {
namespace {

/// Files of a list with "SHA256 BYTES NAME" in each line.
std::vector<PublishedFile> listed_files(std::string_view list) {
  std::vector<PublishedFile> files;
  while (!list.empty()) {
    const std::string_view line = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(line.size() + 1, list.size()));
    const std::size_t first = line.find(' '), second = line.find(' ', first + 1);
    PublishedFile file{.name = std::string(line.substr(second + 1)),
                       .sha256 = std::string(line.substr(0, first))};
    std::from_chars(line.data() + first + 1, line.data() + second, file.bytes);
    files.push_back(std::move(file));
  }
  return files;
}

// Sums and sizes of mnist, fashion-mnist and cifar10 are those that TensorFlow Datasets publishes
// (tensorflow_datasets/url_checksums in github.com/tensorflow/datasets). Nobody publishes those of
// bsd400: bsd400.txt has them of the copy that the figures of our configs were measured with.
std::vector<PublishedData> rows() {
  return {
      {.name = "mnist",
       .doc = "handwritten digits in ten classes, 60,000 + 10,000 gray images of 28x28",
       .licence = "copyright of Yann LeCun and Corinna Cortes; CC BY-SA 3.0, as Keras's "
                  "documentation says",
       .homepage = "http://yann.lecun.com/exdb/mnist/",
       .folder = "mnist",
       .config = "fashion-denoiser",
       // The publisher's own server has refused downloads for years.
       .servers = {"https://storage.googleapis.com/cvdf-datasets/mnist/",
                   "https://ossci-datasets.s3.amazonaws.com/mnist/",
                   "http://yann.lecun.com/exdb/mnist/"},
       .files = {{"train-images-idx3-ubyte.gz", 9912422,
                  "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
                 {"train-labels-idx1-ubyte.gz", 28881,
                  "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
                 {"t10k-images-idx3-ubyte.gz", 1648877,
                  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
                 {"t10k-labels-idx1-ubyte.gz", 4542,
                  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}}},
      {.name = "fashion-mnist",
       .doc = "Zalando's clothes in ten classes, 60,000 + 10,000 gray images of 28x28",
       .licence = "MIT licence",
       .homepage = "https://github.com/zalandoresearch/fashion-mnist",
       .folder = "fashion-mnist",
       .config = "fashion-denoiser",
       .servers = {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                   "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"},
       .files = {{"train-images-idx3-ubyte.gz", 26421880,
                  "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
                 {"train-labels-idx1-ubyte.gz", 29515,
                  "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
                 {"t10k-images-idx3-ubyte.gz", 4422102,
                  "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
                 {"t10k-labels-idx1-ubyte.gz", 5148,
                  "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}}},
      {.name = "cifar10",
       .doc = "CIFAR-10, photographs in ten classes, 50,000 + 10,000 colour images of 32x32",
       .licence = "no licence stated; its publisher asks to cite Krizhevsky 2009",
       .homepage = "https://www.cs.toronto.edu/~kriz/cifar.html",
       .folder = "cifar-10-batches-bin",
       .config = "cifar10-skips",
       .servers = {"https://www.cs.toronto.edu/~kriz/"},
       .files = {{"cifar-10-binary.tar.gz", 170052171,
                  "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
       .members = {{"data_batch_1.bin", 30730000},
                   {"data_batch_2.bin", 30730000},
                   {"data_batch_3.bin", 30730000},
                   {"data_batch_4.bin", 30730000},
                   {"data_batch_5.bin", 30730000},
                   {"test_batch.bin", 30730000}}},
      {.name = "bsd400",
       .doc = "the 400 gray photographs of 180x180 on which DnCNN was trained (Train400), cut from "
              "the Berkeley segmentation data",
       .licence = "no licence stated; the Berkeley data are for non-commercial research "
                  "and education",
       .homepage = "https://github.com/cszn/DnCNN",
       .folder = "photos-gray-train",
       .config = "photo-residual",
       .servers = {"https://raw.githubusercontent.com/cszn/DnCNN/master/TrainingCodes/"
                   "DnCNN_TrainingCodes_v1.0/data/Train400/"},
       .files = listed_files(bsd400_txt())},
  };
}

}  // namespace

std::uintmax_t PublishedData::bytes() const {
  return std::accumulate(files.begin(), files.end(), std::uintmax_t{0},
                         [](auto sum, const PublishedFile& file) { return sum + file.bytes; });
}

const std::vector<PublishedData>& published_data() {
  static const std::vector<PublishedData> table = rows();
  return table;
}

std::vector<std::string> published_names() {
  std::vector<std::string> names;
  for (const PublishedData& data : published_data()) names.push_back(data.name);
  return names;
}

const PublishedData* find_published(std::string_view name) {
  const auto& table = published_data();
  const auto found = std::ranges::find(table, name, &PublishedData::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace adjoint
