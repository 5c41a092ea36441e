#include "datasets/formats/csv.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "framework/storage/npy_format.hpp"
#include "framework/storage/zip_archive.hpp"
#include "inference/images/code_output.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Codes : public Program {
 protected:
  Codes() {
    save_untrained(folder_ / "model.h5", kPlainConfig);
    write_npy(folder_ / "in.npy", view(images_));
    adjoint_ok({"reconstruct", "model.h5", "in.npy", "-o", "expected.npy"});
  }
  const Tensor images_ = some_images({3, 15, 18, 1});
};

TEST_F(Codes, DecodeToTheReconstruction) {
  for (const std::string codes : {"codes.npy", "codes.npz", "codes.h5", "codes.h5:/model/codes"}) {
    SCOPED_TRACE(codes);
    std::filesystem::remove(folder_ / "codes.h5");
    const ProgramRun run = adjoint_ok({"encode", "model.h5", "in.npy", "-o", codes});
    EXPECT_THAT(run.out, HasSubstr("3 codes of 8x9x4"));
    const ArrayPlace place = ArrayPlace::parse((folder_ / codes).string());
    EXPECT_EQ(shape_of(read_codes(place)), (Shape{3, 8, 9, 4}));
    adjoint_ok({"decode", "model.h5", codes, "-o", "decoded.npy", "--size", "15x18"});
    EXPECT_EQ(shape_of(array("decoded.npy")), (Shape{3, 15, 18, 1}));
    EXPECT_EQ(values(array("decoded.npy")), values(array("expected.npy")));
  }
}

/// As numpy lays an array of texts out: '<U', four bytes for each character.
std::string numpy_texts(std::size_t longest, const std::vector<std::u32string>& texts) {
  std::string head = fmt::format("{{'descr': '<U{}', 'fortran_order': False, 'shape': ({},), }}",
                                 longest, texts.size());
  head.resize(117, ' ');
  std::string file = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + '\n';
  for (std::u32string text : texts) {
    text.resize(longest);
    file.append(reinterpret_cast<const char*>(text.data()), 4 * longest);
  }
  return file;
}

TEST_F(Codes, ComeWithTheNamesOfTheirImages) {
  std::filesystem::create_directory(folder_ / "in");
  const Tensor image = some_images({15, 18, 1});
  for (const std::string name : {"in/b.png", "in/\u00e9-10.png", "in/a.png"})
    write_image(folder_ / name, view(image), {.bits = 8});
  folder_.write("in/broken.png", "none");
  adjoint({"encode", "model.h5", "in", "-o", "codes.npy"});
  const Tensor codes = array("codes.npy");
  for (const std::string out : {"codes.npz", "codes.h5", "codes.csv"}) {
    const ProgramRun run = adjoint({"encode", "model.h5", "in", "-o", out});
    EXPECT_EQ(run.status, 1);  // one image cannot be read
    EXPECT_THAT(run.out, HasSubstr("3 codes of 8x9x4"));
  }
  const ZipArchive archive = ZipArchive::open((folder_ / "codes.npz").string());
  EXPECT_THAT(archive.names(), testing::ElementsAre("codes.npy", "names.npy"));
  EXPECT_EQ(values(parse_npy(archive.read("codes.npy"), "codes")), values(codes));
  EXPECT_EQ(archive.read_text("names.npy"), numpy_texts(4, {U"a", U"b", U"\u00e9-10"}));

  EXPECT_EQ(values(array("codes.h5")), values(codes)) << "the only dataset of numbers";
  const Hdf5File file = Hdf5File::open((folder_ / "codes.h5").string());
  EXPECT_EQ(file.shape("names"), (Shape{3}));
  EXPECT_TRUE(file.is_text("names"));
  EXPECT_FALSE(file.is_text("data"));
  EXPECT_FALSE(file.exists("labels"));
  EXPECT_THAT(contents(folder_ / "codes.h5"), HasSubstr("\u00e9-10"));

  const std::vector<CsvRow> rows = parse_csv(contents(folder_ / "codes.csv"), "codes.csv");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(std::vector(rows[0].fields.begin(), rows[0].fields.begin() + 3),
              testing::ElementsAre("name", "0", "1"));
  EXPECT_EQ(rows[3].fields[0], "\u00e9-10");
  ASSERT_EQ(rows[3].fields.size(), 1u + 8 * 9 * 4);
  for (std::size_t i = 0; i < 8 * 9 * 4; ++i)
    ASSERT_EQ(std::stof(rows[3].fields[i + 1]), codes(2, i / 36, i / 4 % 9, i % 4));
}

TEST_F(Codes, ComeWithTheLabelsOfTheirImages) {
  const std::string head("\0\0\x08\x03\0\0\0\x02\0\0\0\x0f\0\0\0\x12", 16);
  folder_.write("t-images-idx3-ubyte", head + std::string(2 * 15 * 18, '\x55'));
  folder_.write("t-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x02\x07\x0b", 10));
  for (const std::string out : {"codes.npz", "codes.h5:/model/codes", "codes.csv"})
    adjoint_ok({"encode", "model.h5", "t-images-idx3-ubyte", "in.npy", "-o", out});
  const ZipArchive archive = ZipArchive::open((folder_ / "codes.npz").string());
  EXPECT_EQ(archive.read_text("labels.npy"), numpy_texts(2, {U"7", U"11", U"", U"", U""}));
  const Hdf5File file = Hdf5File::open((folder_ / "codes.h5").string());
  EXPECT_THAT(file.list("model"), testing::ElementsAre("codes", "labels", "names"));
  const std::vector<CsvRow> rows = parse_csv(contents(folder_ / "codes.csv"), "codes.csv");
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0].fields[1], "label");
  EXPECT_EQ(rows[2].fields[1], "11");
  EXPECT_EQ(rows[3].fields[1], "");
  EXPECT_EQ(rows[3].fields[0], "in-00000");
  EXPECT_THAT(message({"encode", "model.h5", "in.npy", "-o", "codes.h5:/labels"}, 2),
              HasSubstr("name another dataset for the codes"));
}

TEST_F(Codes, DecodeToTheLargestImageWithoutASize) {
  adjoint_ok({"encode", "model.h5", "in.npy"});
  EXPECT_EQ(json_of({"decode", "model.h5", "codes.npy", "-o", "decoded.h5:/images"}),
            (nlohmann::json{{"images", 3}, {"shape", {16, 18, 1}}, {"out", "decoded.h5:/images"}}));
  EXPECT_EQ(shape_of(array("decoded.h5:/images")), (Shape{3, 16, 18, 1}));
}

TEST_F(Codes, DecodeToAFolderOfImages) {
  EXPECT_EQ(json_of({"encode", "model.h5", "in.npy", "-o", "codes.npy"}),
            (nlohmann::json{{"images", 3}, {"code", {8, 9, 4}}, {"out", "codes.npy"}}));
  adjoint_ok({"decode", "model.h5", "codes.npy", "-o", "images"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "images/codes-00002.png"));
}

TEST_F(Codes, AreNoImages) {
  EXPECT_THAT(message({"encode", "model.h5", "in.npy", "-o", "folder"}, 2),
              AllOf(HasSubstr("8x9x4"), HasSubstr(".npy")));
}

TEST_F(Codes, HaveNoSizeButTheirOwn) {
  adjoint_ok({"encode", "model.h5", "in.npy"});
  for (const std::string size :
       {"0", "-3", "0x4", "4x", "x", "4x5x6", "four", "99999999999999999999"}) {
    EXPECT_THAT(message({"decode", "model.h5", "codes.npy", "--size=" + size}, 2),
                HasSubstr("--size " + size + ": expected HEIGHTxWIDTH"));
  }
  EXPECT_THAT(message({"decode", "model.h5", "codes.npy", "--size", "40"}, 2),
              HasSubstr("the size that --size names"));
}

TEST_F(Codes, NeedALatentLayer) {
  save_untrained(folder_ / "none.h5", with(kPlainConfig, "latent = \"enc1\"\n", ""));
  EXPECT_THAT(message({"encode", "none.h5", "in.npy"}, 2),
              AllOf(HasSubstr("no latent layer"), HasSubstr("latent = "),
                    HasSubstr("adjoint import MODEL --set model.latent=LAYER")));
}

}  // namespace
}  // namespace adjoint
