#include <gmock/gmock.h>
#include <zip.h>

#include <fstream>

#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ZipFile {
 public:
  std::string path() const { return (folder_ / "a.zip").string(); }
  /// Reads a member; the message of the InputError, or "".
  std::string refusal(const std::string& member) const {
    try {
      ZipArchive::open(path()).read(member);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  void put(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string bytes() const {
    std::ifstream file(path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  /// Writes a deflated member, which our own writer never does.
  void deflate(const std::string& content) const {
    zip_t* archive = zip_open(path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    zip_file_add(archive, "x", zip_source_buffer(archive, content.data(), content.size(), 0), 0);
    zip_close(archive);
  }

 private:
  TempFolder folder_;
};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(ZipArchive, GivesBackWhatWasWritten) {
  const ZipFile file;
  const std::string empty, text = "some text", large(3'000'000, 'x');
  write_zip(file.path(),
            {{"b/text", bytes_of(text)}, {"a", bytes_of(empty)}, {"large", bytes_of(large)}});
  const ZipArchive archive = ZipArchive::open(file.path());
  EXPECT_THAT(archive.names(), ElementsAre("b/text", "a", "large"));
  EXPECT_EQ(archive.read_text("b/text"), text);
  EXPECT_EQ(archive.read_text("a"), "");
  EXPECT_EQ(archive.read_text("large"), large);
  EXPECT_TRUE(is_zip(file.path()));
  EXPECT_THAT(file.refusal("c"), HasSubstr("a.zip: there is no 'c' in it"));
}

TEST(ZipArchive, ReadsDeflatedMembers) {
  const ZipFile file;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i);
  file.deflate(text);
  EXPECT_EQ(ZipArchive::open(file.path()).read_text("x"), text);
}

TEST(ZipArchive, RefusesWhatExpandsWithoutEnd) {
  const ZipFile file;
  file.deflate(std::string(std::size_t{80} << 20, '\0'));
  EXPECT_THAT(file.refusal("x"), HasSubstr("a.zip: 'x' would expand from "));
  // Below 64 MiB nothing is refused: weights of an untrained layer are zeros.
  file.deflate(std::string(std::size_t{8} << 20, '\0'));
  EXPECT_EQ(file.refusal("x"), "");
}

TEST(ZipArchive, RefusesDamagedMembersAndFiles) {
  const ZipFile file;
  const std::string text = "some text that is long enough to be damaged";
  write_zip(file.path(), {{"x", bytes_of(text)}});
  std::string damaged = file.bytes();
  damaged[damaged.find("long")] = 'L';
  file.put(damaged);
  EXPECT_THAT(file.refusal("x"), HasSubstr("a.zip: cannot read 'x': "));
  file.put(damaged.substr(0, 40));
  EXPECT_THAT(file.refusal("x"), HasSubstr("it is no zip archive, or it is damaged"));
  file.put("");
  EXPECT_FALSE(is_zip(file.path()));
}

}  // namespace
}  // namespace adjoint
