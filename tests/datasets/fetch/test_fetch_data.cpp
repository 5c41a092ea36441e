// Downloads of whole data sets, and the table of those that are published.

#include "datasets/fetch/fetch_data.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "datasets/fetch/sha256.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/fetch/fetched_files.hpp"
#include "tests/datasets/fetch/tar_bytes.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

HttpReply published_reply(const HttpAsked& asked, int) {
  if (asked.path == "/large.bin") return {.body = published_bytes(kLarge.bytes)};
  if (asked.path == "/small.bin") return {.body = published_bytes(kSmall.bytes, 2)};
  return {.status = 404};
}

class FetchTest : public testing::Test {
 protected:
  FetchResult fetch(const PublishedData& data, const std::string& from = {},
                    const FetchWatch& watch = {}) const {
    return fetch_data(
        {.data = data, .folder = folder_ / "data", .from = from, .patience = impatient()}, watch);
  }
  template <class Error>
  std::string failure(const PublishedData& data, const std::string& from = {}) const {
    try {
      fetch(data, from);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TempFolder folder_;
  const PublishedData two_{.name = "two", .files = {kLarge, kSmall}};
};

TEST_F(FetchTest, DownloadsWhatIsMissing) {
  const HttpServer server(published_reply);
  std::uintmax_t done = 0, total = 0;
  const FetchResult first = fetch(two_, server.address(), {.progress = [&](const FetchProgress& p) {
                                    EXPECT_GE(p.done, done);
                                    done = p.done;
                                    total = p.total;
                                  }});
  EXPECT_EQ(bytes_of(folder_ / "data/large.bin"), published_bytes(kLarge.bytes));
  EXPECT_EQ(bytes_of(folder_ / "data/small.bin"), published_bytes(kSmall.bytes, 2));
  EXPECT_EQ(first.downloaded, 301000U);
  EXPECT_EQ(done, 301000U);
  EXPECT_EQ(total, 301000U);
  ASSERT_EQ(first.files.size(), 2U);
  EXPECT_EQ(first.files[1].sha256, kSmall.sha256);
  EXPECT_FALSE(first.files[1].was_there);

  fs::remove(folder_ / "data/small.bin");
  const FetchResult second = fetch(two_, server.address());
  EXPECT_EQ(second.downloaded, 1000U);
  EXPECT_TRUE(second.files[0].was_there);
  EXPECT_FALSE(second.files[1].was_there);
  EXPECT_EQ(server.asked().size(), 3U);
  EXPECT_EQ(fetch(two_, "http://127.0.0.1:1").downloaded, 0U);  // asks nobody
}

TEST_F(FetchTest, TakesThePublishersServersInTheirOrder) {
  const HttpServer server(published_reply);
  PublishedData data = two_;
  data.servers = {server.address() + "nothing/", server.address()};
  EXPECT_EQ(fetch(data).files.size(), 2U);
  EXPECT_EQ(server.asked()[0].path, "/nothing/large.bin");
}

TEST_F(FetchTest, ReplacesNoFileThatIsThere) {
  const HttpServer server(published_reply);
  fs::create_directories(folder_ / "data");
  for (const std::string& mine : {std::string("mine"), published_bytes(kSmall.bytes, 9)}) {
    folder_.write("data/small.bin", mine);
    EXPECT_THAT(failure<InputError>(two_, server.address()),
                AllOf(HasSubstr("small.bin' is there and is not the publisher's file"),
                      HasSubstr("move it away")));
    EXPECT_EQ(bytes_of(folder_ / "data/small.bin"), mine);
  }
  EXPECT_THAT(server.asked(), IsEmpty());
}

TEST_F(FetchTest, NeedsRoomOnTheDiskBeforeItBegins) {
  const HttpServer server(published_reply);
  const PublishedData huge{.name = "huge",
                           .files = {kSmall, {"huge.bin", std::uintmax_t{1} << 60, "?"}}};
  EXPECT_THAT(
      failure<RunError>(huge, server.address()),
      AllOf(HasSubstr("huge needs 1152921504.6 GB more in"), HasSubstr("are free on its disk")));
  EXPECT_THAT(server.asked(), IsEmpty());
}

TEST_F(FetchTest, TakesOnlyAddressesOfHttp) {
  for (const char* from : {"127.0.0.1", "ftp://127.0.0.1/", "file:///etc"})
    EXPECT_THAT(failure<InputError>(two_, from), HasSubstr(std::string("--from ") + from));
}

TEST_F(FetchTest, StopsBetweenFilesAndGoesOn) {
  const HttpServer server(published_reply);
  std::atomic<bool> stop = false;
  const FetchResult stopped =
      fetch(two_, server.address(), {.stop = &stop, .progress = [&](const FetchProgress& p) {
                                       if (p.done == kLarge.bytes) stop = true;
                                     }});
  EXPECT_TRUE(stopped.stopped);
  const FetchResult whole = fetch(two_, server.address());
  EXPECT_FALSE(whole.stopped);
  EXPECT_EQ(whole.files.size(), 2U);
}

class ArchiveTest : public FetchTest {
 protected:
  /// A data set of two members, and a server of the archive.
  void publish(const std::vector<TarMember>& members) {
    archive_ = gzip_bytes(tar_bytes(members), folder_ / "scratch");
    const fs::path file = folder_.write("scratch", archive_);
    data_ = {.name = "packed",
             .files = {{"packed.tar.gz", archive_.size(), sha256_of_file(file)}},
             .members = {{"a.bin", 1000}, {"b.bin", 70000}}};
    fs::remove(file);
  }
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_.path()))
      if (!entry.is_directory()) names.insert(entry.path().lexically_relative(folder_.path()));
    return names;
  }

  const std::string a_ = published_bytes(1000, 4), b_ = published_bytes(70000, 5);
  std::string archive_;
  PublishedData data_;
  const HttpServer server_{[this](const HttpAsked&, int) { return HttpReply{.body = archive_}; }};
};

TEST_F(ArchiveTest, UnpacksWhatIsRead) {
  publish({{"packed/", "", '5'},
           {"packed/readme.html", "<html>"},
           {"packed/a.bin", a_},
           {"packed/other/b.bin", "", '2'},
           {"../../b.bin", b_}});
  const FetchResult first = fetch(data_, server_.address());
  EXPECT_EQ(names(), (std::set<std::string>{"data/SHA256SUMS", "data/a.bin", "data/b.bin"}));
  EXPECT_EQ(bytes_of(folder_ / "data/a.bin"), a_);
  EXPECT_TRUE(bytes_of(folder_ / "data/b.bin") == b_);
  ASSERT_EQ(first.files.size(), 2U);
  EXPECT_EQ(first.files[1].path, folder_ / "data/b.bin");

  const FetchResult second = fetch(data_, "http://127.0.0.1:1");  // asks nobody
  ASSERT_EQ(second.files.size(), 2U);
  EXPECT_TRUE(second.files[0].was_there);
  EXPECT_EQ(second.files[1].sha256, first.files[1].sha256);
}

TEST_F(ArchiveTest, UnpacksWhatTarPacked) {
  fs::create_directories(folder_ / "packed");
  folder_.write("packed/a.bin", a_);
  folder_.write("packed/b.bin", b_);
  for (const char* format : {"gnu", "pax", "ustar", "v7"}) {
    SCOPED_TRACE(format);
    const fs::path file = folder_ / "packed.tar.gz";
    const std::string command = fmt::format("tar -C '{}' --format={} -czf '{}' packed",
                                            folder_.path().string(), format, file.string());
    ASSERT_EQ(std::system(command.c_str()), 0);
    archive_ = bytes_of(file);
    data_ = {.name = "packed",
             .files = {{"packed.tar.gz", archive_.size(), sha256_of_file(file)}},
             .members = {{"a.bin", 1000}, {"b.bin", 70000}}};
    EXPECT_EQ(fetch(data_, server_.address()).files.size(), 2U);
    EXPECT_TRUE(bytes_of(folder_ / "data/b.bin") == b_);
    fs::remove_all(folder_ / "data");
  }
}

TEST_F(ArchiveTest, WritesTheSumsThatSha256sumChecks) {
  publish({{"packed/a.bin", a_}, {"packed/b.bin", b_}});
  fetch(data_, server_.address());
  const std::string command =
      "cd '" + (folder_ / "data").string() + "' && sha256sum -c --strict SHA256SUMS >/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(ArchiveTest, ReplacesNoMemberThatIsThere) {
  publish({{"packed/a.bin", a_}, {"packed/b.bin", b_}});
  fs::create_directories(folder_ / "data");
  folder_.write("data/a.bin", published_bytes(1000, 9));
  EXPECT_THAT(failure<InputError>(data_, server_.address()), HasSubstr("a.bin' is there"));
  EXPECT_EQ(bytes_of(folder_ / "data/a.bin"), published_bytes(1000, 9));
  folder_.write("data/a.bin", a_);
  EXPECT_TRUE(fetch(data_, server_.address()).files[0].was_there);
}

TEST_F(ArchiveTest, TellsAMemberThatChangedLater) {
  publish({{"packed/a.bin", a_}, {"packed/b.bin", b_}});
  fetch(data_, server_.address());
  folder_.write("data/a.bin", published_bytes(1000, 9));
  EXPECT_THAT(failure<InputError>(data_, server_.address()), HasSubstr("a.bin' is there"));
}

TEST_F(ArchiveTest, KeepsAnArchiveThatWasThere) {
  publish({{"packed/a.bin", a_}, {"packed/b.bin", b_}});
  fs::create_directories(folder_ / "data");
  folder_.write("data/packed.tar.gz", archive_);
  EXPECT_EQ(fetch(data_, "http://127.0.0.1:1").downloaded, 0U);
  EXPECT_TRUE(names().contains("data/packed.tar.gz"));
}

TEST_F(ArchiveTest, NamesMembersThatAreMissing) {
  publish({{"packed/a.bin", a_}, {"packed/b.bin", "short"}});
  EXPECT_THAT(failure<RunError>(data_, server_.address()), HasSubstr("lacks b.bin"));
  EXPECT_FALSE(names().contains("data/b.bin"));
}

TEST_F(ArchiveTest, RefusesWhatIsNoArchive) {
  std::string flipped = tar_bytes({{"a.bin", a_}});
  flipped[105] ^= 1;  // in the head, whose sum is then wrong
  for (const std::string& bytes :
       {std::string("no archive"), tar_bytes({{"a.bin", a_}}).substr(0, 700), std::string(512, 'x'),
        flipped}) {
    archive_ = bytes;
    const fs::path file = folder_.write("scratch", bytes);
    data_ = {.name = "packed",
             .files = {{"packed.tar.gz", bytes.size(), sha256_of_file(file)}},
             .members = {{"a.bin", 1000}}};
    EXPECT_THAT(failure<InputError>(data_, server_.address()), HasSubstr("is damaged"));
    EXPECT_FALSE(names().contains("data/a.bin"));
    fs::remove_all(folder_ / "data");
  }
}

TEST(PublishedDataTable, HasWholeRows) {
  std::set<std::string> names;
  for (const PublishedData& data : published_data()) {
    SCOPED_TRACE(data.name);
    EXPECT_TRUE(names.insert(data.name).second);
    EXPECT_EQ(find_published(data.name), &data);
    EXPECT_FALSE(data.doc.empty() || data.licence.empty() || data.folder.empty());
    EXPECT_THAT(data.homepage, MatchesRegex("https?://.+"));
    EXPECT_TRUE(fs::exists(fs::path(ADJOINT_CONFIGS) / (data.config + ".toml")));
    EXPECT_FALSE(data.servers.empty());
    for (const std::string& server : data.servers)
      EXPECT_THAT(server, MatchesRegex("https?://.+/"));
    for (const PublishedFile& file : data.files) {
      EXPECT_THAT(file.sha256, MatchesRegex("[0-9a-f]{64}"));
      EXPECT_GT(file.bytes, 0U);
      EXPECT_THAT(file.name, MatchesRegex("[a-z0-9_-][a-z0-9._-]+"));
    }
    if (data.members.empty()) continue;
    EXPECT_EQ(data.files.size(), 1U);
  }
  EXPECT_EQ(names, (std::set<std::string>{"mnist", "fashion-mnist", "cifar10", "bsd400"}));
  const PublishedData& photos = *find_published("bsd400");
  EXPECT_EQ(photos.files.size(), 400U);
  EXPECT_EQ(photos.files[399].name, "test_400.png");
  EXPECT_EQ(photos.bytes(), 8242575U);
  EXPECT_EQ(find_published("cifar"), nullptr);
}

}  // namespace
}  // namespace adjoint
