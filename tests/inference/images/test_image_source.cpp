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
  const std::optional<ImageBatch> array = all.next(1);
  EXPECT_EQ(array->names, Names{"in-00000"});
  EXPECT_EQ(array->origins[0].number, 2);
  EXPECT_EQ(all.next()->names, Names{"in-00001"});
  EXPECT_FALSE(all.next());
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
  fs::remove(folder_ / "in/a.png");
  EXPECT_THAT(refusal({"in"}), AllOf(HasSubstr("holds no image"), HasSubstr("3 other files")));
}

}  // namespace
}  // namespace adjoint
