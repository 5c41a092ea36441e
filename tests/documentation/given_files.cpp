#include "tests/documentation/given_files.hpp"

#include <fnmatch.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "datasets/formats/image_file.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// A name, with a * for any letters, and the shell commands that make $NAME. They may name other
/// rows, and write their own name as $NAME. The first row that fits counts.
struct GivenFile {
  const char* name;
  const char* commands;
};

constexpr GivenFile kGivenFiles[] = {
    // Images.
    {"photos", "adjoint data make shapes -n 12 --size 80 --channels 3 -o $NAME"},
    {"photos-colour", "adjoint data make shapes -n 12 --channels 3 -o $NAME"},
    {"images", "adjoint data make shapes -n 12 --size 28 -o $NAME"},
    {"noisy-images", "adjoint data make textures -n 12 -o $NAME"},
    {"scans", "adjoint data make shapes -n 12 --channels 3 -o $NAME"},
    {"traces.npy", "adjoint data make signal -n 12 --size 1x256 -o $NAME"},
    {"stack.tif", "adjoint denoise runs/other photos -o $NAME"},
    {"compressed.jpg", "adjoint denoise runs/other noisy.png -o $NAME"},
    {"[ab].png", "cp images/shapes-00000.png $NAME"},
    {"sh*.png", "cp images/shapes-00001.png $NAME"},  // shoe.png and shirt.png, of 28x28, too
    {"*.png", "cp photos-colour/shapes-00000.png $NAME"},
    // MVTec's layout.
    {"bottle", R"(adjoint data make fabric -n 12 -o cloth-for-bottle
good=$PWD/$NAME/test/good broken=$PWD/$NAME/test/broken masks=$PWD/$NAME/ground_truth/broken
mkdir -p $good $broken $masks
cd cloth-for-bottle
for image in *.png; do
  if grep -q "^$image,0" labels.csv; then mv $image $good
  else
    mv $image $broken
    mv masks/$image $masks/${image%.png}_mask.png
  fi
done)"},
    // Configs of the reader, and runs: that of a shipped config, or any ("runs/NAME").
    {"my.toml", R"(sed '0,/^name/s/^name.*/name = "mine"/' configs/photo-residual.toml > $NAME)"},
    {"config.toml",
     R"(sed '0,/^name/s/^name.*/name = "config"/' configs/photo-residual.toml > $NAME)"},
    {"model.toml", R"(sed '0,/^name/s/^name.*/name = "model"/' configs/quickstart.toml > $NAME)"},
    {"runs/*", R"(config=configs/$(basename "$NAME").toml
[ -f "$config" ] || config=configs/photo-residual.toml
adjoint train "$config" --out "$NAME")"},
    // What `adjoint detect` found, and models from elsewhere.
    {"found", "adjoint detect runs/tiles data/tiles/good -o $NAME"},
    {"model.keras", "adjoint export runs/quickstart/best.h5 --format keras -o $NAME"},
    {"model.h5", "adjoint export runs/quickstart/best.h5 --format keras-h5 -o $NAME"},
    {"model.onnx", "adjoint export runs/quickstart/best.h5 --format onnx -o $NAME"},
    {"cnn.weights.h5", "adjoint export runs/quickstart/best.h5 --format weights-h5 -o $NAME"},
};

/// Gray or colour, with something to see.
Tensor made_image(Index height, Index width, Index channels, Index which) {
  Tensor image = make_tensor({height, width, channels});
  Real* pixel = image.data();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (Index c = 0; c < channels; ++c)
        *pixel++ = static_cast<Real>((x * (which + 1) + y * 3 + x * y / 16 + c * 40) % 256) / 255;
  return image;
}

void write_images(const fs::path& folder, const std::vector<std::string>& names, Index size,
                  Index channels) {
  fs::create_directories(folder);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Tensor image = made_image(size, size, channels, static_cast<Index>(i));
    write_image(folder / names[i], view(image));
  }
}

std::vector<std::string> numbered(const std::string& begin, int count, const std::string& end) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(begin + std::to_string(i) + end);
  return names;
}

void append_big_endian(std::string& bytes, unsigned number) {
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 255);
}

/// MNIST's files, without the compression that their names announce: readers take both.
void write_idx(const fs::path& folder, const std::string& set, unsigned count) {
  fs::create_directories(folder);
  std::string images, labels;
  for (const unsigned number : {0x803U, count, 28U, 28U}) append_big_endian(images, number);
  for (const unsigned number : {0x801U, count}) append_big_endian(labels, number);
  for (unsigned i = 0; i < count; ++i) {
    labels += static_cast<char>(i % 10);
    const Tensor image = made_image(28, 28, 1, static_cast<Index>(i));
    for (const Real value : image) images += static_cast<char>(level_of(value, 255));
  }
  std::ofstream(folder / (set + "-images-idx3-ubyte.gz"), std::ios::binary) << images;
  std::ofstream(folder / (set + "-labels-idx1-ubyte.gz"), std::ios::binary) << labels;
}

void write_cifar10(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::string bytes;
  for (int i = 0; i < 10; ++i) {
    bytes += static_cast<char>(i);
    for (int value = 0; value < 3 * 32 * 32; ++value) bytes += static_cast<char>(value * (i + 1));
  }
  std::ofstream(file, std::ios::binary) << bytes;
}

/// The words of a command that may be names of files, a folder's without the slash at its end.
std::vector<std::string> words_of(const std::string& commands) {
  std::istringstream stream(std::regex_replace(commands, std::regex("(^|\\s)#[^\n]*"), ""));
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    word.erase(0, word.rfind('=') + 1);  // --set data.path=photos
    if (word.starts_with("$PWD/")) word.erase(0, 5);
    std::erase(word, '"');  // path = "photos"
    while (word.ends_with('/')) word.pop_back();
    words.push_back(word);
  }
  return words;
}

/// The part of a word that a row names: the word, or a folder that it begins with.
std::string given_part(const std::string& word, const GivenFile& row) {
  for (fs::path path = fs::path(word).relative_path(); !path.empty(); path = path.parent_path())
    if (::fnmatch(row.name, path.c_str(), FNM_PATHNAME) == 0) return path.string();
  return {};
}

/// What commands name and neither make nor find in the folder.
std::vector<std::pair<std::string, GivenFile>> missing_files(const std::string& commands,
                                                             const fs::path& folder) {
  const std::vector<std::string> words = words_of(commands);
  std::set<std::string> made;  // what is behind -o, and the runs of the shipped configs
  for (std::size_t i = 1; i < words.size(); ++i)
    if (words[i - 1] == "-o" || words[i - 1] == "--out") made.insert(words[i]);
  for (const std::string& word : words)
    if (word.starts_with("configs/")) made.insert("runs/" + fs::path(word).stem().string());

  std::vector<std::pair<std::string, GivenFile>> missing;
  for (const std::string& word : words) {
    for (const GivenFile& row : kGivenFiles) {
      const std::string name = given_part(word, row);
      if (name.empty()) continue;
      if (!made.contains(name) && !fs::exists(folder / name)) missing.emplace_back(name, row);
      break;
    }
  }
  return missing;
}

}  // namespace

void write_small_data(const fs::path& folder) {
  write_idx(folder / "fashion-mnist", "train", 120);
  write_idx(folder / "fashion-mnist", "t10k", 20);
  for (const std::string name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                                 "data_batch_5", "test_batch"})
    write_cifar10(folder / "cifar-10-batches-bin" / (name + ".bin"));
  write_images(folder / "photos-gray-train", numbered("photo-", 10, ".png"), 100, 1);
  write_images(folder / "photos-colour", numbered("photo-", 8, ".png"), 100, 3);

  const fs::path boards = folder / "boards/group44000/44000";
  for (const char* end : {"_temp.png", "_test.png"}) {
    write_images(boards, numbered("4400001", 8, end), 64, 1);
    write_images(boards, numbered("4400007", 2, end), 64, 1);
    write_images(boards, numbered("4400008", 2, end), 64, 1);
    write_images(boards, numbered("4400009", 2, end), 64, 1);
    write_images(boards, numbered("4400010", 2, end), 64, 1);
  }
  const fs::path tiles = folder / "tiles";
  write_images(tiles / "good", numbered("good-", 20, ".jpg"), 64, 1);
  for (const std::string kind : {"blowhole", "crack"}) {
    write_images(tiles / kind, numbered(kind + "-", 2, ".jpg"), 64, 1);
    write_images(tiles / "masks", numbered(kind + "-", 2, ".png"), 64, 1);
  }
}

void make_given_files(const std::string& commands, const fs::path& folder,
                      const GivenShell& shell) {
  for (const auto& [name, row] : missing_files(commands, folder)) {
    if (fs::exists(folder / name)) continue;  // another row has needed it
    make_given_files(row.commands, folder, shell);
    shell(row.commands, name);
  }
}

}  // namespace adjoint
