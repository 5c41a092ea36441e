#include "datasets/folder.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/npy.hpp"
#include "datasets/sources/cifar10_dataset.hpp"
#include "datasets/sources/idx_dataset.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Paths that nobody can look at, root included: a link to itself, and a name too long.

TEST(Folder, TellsWhatAPathLeadsTo) {
  const TempFolder folder;
  folder.write("file", "x");
  fs::create_directory_symlink(folder.path(), folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  EXPECT_EQ(path_kind(folder / "file"), PathKind::file);
  EXPECT_EQ(path_kind(folder / "link"), PathKind::folder);
  EXPECT_EQ(path_kind(folder / "dangling"), PathKind::nothing);
  EXPECT_EQ(path_kind(folder / "file/below"), PathKind::nothing);
  EXPECT_EQ(size_of_file(folder / "file"), 1U);
  EXPECT_THAT(paths_in(folder.path()),
              ElementsAre(folder / "dangling", folder / "file", folder / "link"));
}

TEST(Folder, ReportsWhatCannotBeLookedAtAsBadInput) {
  const TempFolder folder;
  const fs::path loop = folder / "loop", far = folder / std::string(300, 'x');
  fs::create_symlink("loop", loop);
  for (const fs::path& path : {loop, far, loop / "below"}) {
    const auto refused =
        ThrowsMessage<InputError>(AllOf(HasSubstr("cannot look at"), HasSubstr(path.string())));
    EXPECT_THAT([&] { path_kind(path); }, refused);
    EXPECT_THAT([&] { is_there(path); }, refused);
    EXPECT_THAT([&] { is_folder(path); }, refused);
    EXPECT_THAT([&] { size_of_file(path); }, refused);
    EXPECT_THAT([&] { find_idx_images(path, FileSet::train); }, refused);
    EXPECT_THAT([&] { find_cifar10_files(path, FileSet::train); }, refused);
    EXPECT_THAT([&] { list_images(path); }, refused);
    EXPECT_THROW(NpyFile{path}, InputError);
    EXPECT_THAT([&] { paths_in(path); }, ThrowsMessage<InputError>(HasSubstr("cannot read")));
  }
}

TEST(Folder, EntriesThatCannotBeLookedAtAreNoImages) {
  const TempFolder folder;
  fs::create_symlink("loop.png", folder / "loop.png");
  folder.write("a.png", "");
  EXPECT_THAT(list_images(folder.path()).files, ElementsAre(folder / "a.png"));
}

}  // namespace
}  // namespace adjoint
