// The inputs of a command: what they are called, and what cannot be read.

#include "inference/images/image_source.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/npy.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/datasets/formats/tiff_file.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Names = std::vector<std::string>;

class Inputs : public testing::Test {
 protected:
  /// A gray image; the second half of its bytes can be left away.
  void image(const std::string& name, std::size_t bytes = std::string::npos) const {
    fs::create_directories((folder_ / name).parent_path());
    std::string rows;
    for (int i = 0; i < 64 * 64; ++i) rows += static_cast<char>(i * i % 251);
    folder_.write(name, png_bytes({.width = 64, .height = 64, .rows = rows}).substr(0, bytes));
  }
  ImageSource source(const Names& inputs,
                     ImageSource::Unreadable unreadable = ImageSource::Unreadable::skip) const {
    Names paths;
    for (const std::string& input : inputs) paths.push_back((folder_ / input).string());
    return {paths, 1, unreadable};
  }
  Names names(const Names& inputs) const { return source(inputs).names(); }
  std::string refusal(const Names& inputs) const {
    try {
      source(inputs, ImageSource::Unreadable::refuse);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  TempFolder folder_;
};

TEST_F(Inputs, AreNamedByTheirPathsBelowTheCommonParent) {
  for (const char* name : {"good/000.png", "good/001.png", "broken/000.png", "one.png"})
    image(name);
  EXPECT_THAT(names({"good"}), ElementsAre("000", "001"));
  EXPECT_THAT(names({"good/"}), ElementsAre("000", "001"));
  EXPECT_THAT(names({"good", "broken/"}), ElementsAre("good/000", "good/001", "broken/000"));
  EXPECT_THAT(names({"broken", "one.png"}), ElementsAre("broken/000", "one"));
  EXPECT_THAT(names({"good/000.png", "one.png"}), ElementsAre("000", "one"));
  EXPECT_THAT(names({"good/000.png", "broken/../broken/000.png"}),
              ElementsAre("good/000", "broken/000"));
  EXPECT_THAT(names({"good", "good/001.png"}), ElementsAre("000", "001.png", "001.png"));
}

TEST_F(Inputs, OfOneStemKeepTheirEndings) {
  // The last one has the name that the first one then gets.
  for (const char* name : {"in/a.jpg", "in/a.png", "in/b.png", "in/a.png.png"}) image(name);
  EXPECT_THAT(names({"in"}), ElementsAre("a.jpg", "a.png", "a.png.png", "b"));
}

TEST_F(Inputs, OfPagesAndArraysAreNumbered) {
  write_tiff(folder_ / "stack.tif", {{.width = 2, .rows = "ab"}, {.width = 2, .rows = "cd"}});
  const Tensor images = make_tensor({2, 1, 2, 1}, 0);
  write_npy(folder_ / "in.npy", view(images));
  EXPECT_THAT(names({"stack.tif", "in.npy"}),
              ElementsAre("stack-00000", "stack-00001", "in-00000", "in-00001"));
  ImageSource all = source({"stack.tif", "in.npy"});
  const std::optional<ImageBatch> pages = all.next();
  EXPECT_EQ(pages->names, (Names{"stack-00000", "stack-00001"}));
  EXPECT_EQ(pages->origins[1].file, folder_ / "stack.tif");
  EXPECT_EQ(pages->origins[1].page, 1);
  EXPECT_EQ(pages->origins[1].pages, 2);
  const std::optional<ImageBatch> array = all.next();
  EXPECT_EQ(array->names, (Names{"in-00000", "in-00001"}));
  EXPECT_EQ(array->origins[0].number, 2);
  EXPECT_FALSE(all.next());
  EXPECT_EQ(all.at(3)->names, Names{"in-00001"});
  EXPECT_EQ(all.at(1)->origins[0].page, 1);
}

TEST_F(Inputs, ThatCannotBeReadAreLeftOutAndListed) {
  image("in/a.png");
  image("in/cut.png", 700);  // its head is whole
  image("in/stub.png", 10);
  image("in/z.png");
  folder_.write("in/._a.png", "what a Mac leaves on a memory card");
  ImageSource all = source({"in"});
  EXPECT_THAT(all.names(), ElementsAre("a", "cut", "stub", "z"));
  const std::optional<ImageBatch> batch = all.next();
  EXPECT_EQ(batch->names, (Names{"a", "z"}));
  EXPECT_EQ(batch->origins[1].number, 3);
  EXPECT_FALSE(all.next());
  try {
    all.check_complete();
    FAIL();
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("2 of 4 images"), HasSubstr("cut.png"),
                                    HasSubstr("stub.png"), Not(HasSubstr("._a"))));
  }
  EXPECT_THAT(refusal({"in"}),
              AllOf(HasSubstr("2 images"), HasSubstr("cut.png"), HasSubstr("stub.png")));
  EXPECT_EQ(refusal({"in/a.png", "in/z.png"}), "");
  source({"in/a.png"}).check_complete();
}

TEST_F(Inputs, OfWhichNoneCanBeReadAreAnError) {
  image("cut.png", 700);
  image("stub.png", 10);
  EXPECT_THROW(source({"stub.png"}), InputError);
  ImageSource cut = source({"cut.png", "stub.png"});
  EXPECT_THROW(cut.next(), InputError);
}

TEST_F(Inputs, TellWhatAFolderHoldsBesideImages) {
  image("in/a.png");
  image("in/deep/b.png");
  for (const char* name : {"in/photo.webp", "in/notes.txt", "in/more.txt", "in/.hidden"})
    folder_.write(name, "x");
  fs::create_directory(folder_ / "in/folder.png");
  const ImageSource all = source({"in"});
  EXPECT_THAT(all.names(), ElementsAre("a"));
  ASSERT_EQ(all.unread().size(), 1u);
  EXPECT_THAT(all.unread()[0], HasSubstr("in: 3 other files (.txt, .webp), 2 folders"));
  EXPECT_THAT(source({"in/deep"}).unread(), IsEmpty());
  fs::remove_all(folder_ / "in/deep");
  fs::remove(folder_ / "in/a.png");
  EXPECT_THAT(refusal({"in"}), AllOf(HasSubstr("holds no image"), HasSubstr("3 other files")));
}

TEST_F(Inputs, MayBeAFolderOfFolders) {
  for (const char* name : {"in/cat/0.png", "in/dog/0.png", "in/dog/1.png"}) image(name);
  folder_.write("in/notes.txt", "x");
  const ImageSource all = source({"in"});
  EXPECT_THAT(all.names(), ElementsAre("cat/0", "dog/0", "dog/1"));
  ASSERT_EQ(all.unread().size(), 1u);
  EXPECT_THAT(all.unread()[0],
              AllOf(HasSubstr("1 other file (.txt)"), Not(HasSubstr("2 folders"))));
}

TEST_F(Inputs, MayBeWhateverTrainingReadsAsItIs) {
  // A record of CIFAR-10: a label, then planes of red, green and blue.
  std::string record(1, '\3');
  for (const char value : {'\0', '\x33', '\xff'}) record.append(1024, value);
  fs::create_directory(folder_ / "cifar");
  folder_.write("cifar/data_batch_1.bin", record + record);
  // An IDX file of images: two of 1x3 pixels.
  fs::create_directory(folder_ / "mnist");
  folder_.write(
      "mnist/train-images-idx3-ubyte",
      std::string("\0\0\x8\x3\0\0\0\2\0\0\0\1\0\0\0\3", 16) + std::string("\x33\0\0\0\0\xff", 6));
  for (const char* input : {"cifar", "cifar/data_batch_1.bin"}) {
    ImageSource colours = source({input});
    const std::optional<ImageBatch> batch = colours.next();
    ASSERT_TRUE(batch);
    ASSERT_EQ(shape_of(batch->pixels), (Shape{2, 32, 32, 3})) << input;
    EXPECT_EQ(batch->pixels(1, 5, 7, 0), 0);
    EXPECT_NEAR(batch->pixels(1, 5, 7, 1), 0.2, 1e-6);
    EXPECT_EQ(batch->pixels(1, 5, 7, 2), 1);
    EXPECT_TRUE(colours.has_datasets());
    EXPECT_FALSE(colours.next());
  }
  for (const char* input : {"mnist", "mnist/train-images-idx3-ubyte"}) {
    ImageSource digits = source({input});
    const std::optional<ImageBatch> batch = digits.next();
    ASSERT_TRUE(batch);
    ASSERT_EQ(shape_of(batch->pixels), (Shape{2, 1, 3, 1})) << input;
    EXPECT_NEAR(batch->pixels(0, 0, 0, 0), 0.2, 1e-6);
    EXPECT_EQ(batch->pixels(1, 0, 2, 0), 1);
  }
  EXPECT_THAT(names({"cifar"}), ElementsAre("cifar-00000", "cifar-00001"));
  EXPECT_THAT(names({"cifar/"}), ElementsAre("cifar-00000", "cifar-00001"));
}

}  // namespace
}  // namespace adjoint
