// adjoint data fetch, as a user runs it, from a server on the loopback interface.

#include "datasets/fetch/published_data.hpp"
#include "tests/support/http_server.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class DataFetch : public Program {
 protected:
  std::vector<std::string> command(const std::string& data, const HttpServer& server) const {
    return {"data", "fetch", data, "-o", "there", "--from", server.address()};
  }
  const PublishedFile& first_ = find_published("fashion-mnist")->files[0];
  const fs::path part_ = folder_ / ("there/" + first_.name + ".part");
};

TEST_F(DataFetch, DownloadsWhatTheNextCommandReads) {
  const char* data = std::getenv("ADJOINT_DATA");
  const fs::path stored = fs::path(data ? data : "") / "fashion-mnist";
  if (!data || !fs::exists(stored)) GTEST_SKIP() << "ADJOINT_DATA names no fashion-mnist";
  const HttpServer server([&](const HttpAsked& asked, int) {
    return HttpReply{.body = contents(stored / asked.path.substr(1))};
  });
  const ProgramRun run = adjoint_ok(command("fashion-mnist", server));
  EXPECT_THAT(run.out, AllOf(HasSubstr("30.9 MB downloaded"), HasSubstr("MIT licence"),
                             HasSubstr("adjoint data describe there"),
                             HasSubstr("github.com/zalandoresearch/fashion-mnist")));
  EXPECT_THAT(run.err, HasSubstr("fashion-mnist: 30.9 MB to there"));
  EXPECT_EQ(json_of({"data", "describe", "there"})["images"], 60000);

  const std::string host = server.address();
  const auto again = json_of({"data", "fetch", "fashion-mnist", "-o", "there", "--from", host});
  EXPECT_EQ(again["downloaded_bytes"], 0);
  EXPECT_EQ(again["files"].size(), 4U);
  EXPECT_EQ(again["files"][3]["path"], "there/t10k-labels-idx1-ubyte.gz");
  EXPECT_EQ(again["files"][3]["was_there"], true);
  EXPECT_EQ(server.asked().size(), 4U);
}

TEST_F(DataFetch, GoesOnAfterCtrlC) {
  const std::string body(first_.bytes, 'x');
  const HttpServer server([&](const HttpAsked&, int count) {
    return HttpReply{.body = body, .pause_every = count == 0 ? std::size_t{4096} : 0};
  });
  const ProgramRun stopped = adjoint(
      command("fashion-mnist", server),
      {.send = SIGINT, .when = [&] { return fs::exists(part_) && fs::file_size(part_) > 0; }});
  EXPECT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("the same command goes on from there"));
  EXPECT_EQ(stopped.out, "");
  const std::uintmax_t kept = fs::file_size(part_);
  EXPECT_GT(kept, 0U);
  EXPECT_LT(kept, first_.bytes);

  // The server's file is not the publisher's: asked for the rest, then once for the whole.
  EXPECT_THAT(message(command("fashion-mnist", server), 1),
              AllOf(HasSubstr("SHA-256"), HasSubstr(first_.sha256), HasSubstr(server.address())));
  ASSERT_EQ(server.asked().size(), 3U);
  EXPECT_EQ(server.asked()[1].from, kept);
  EXPECT_FALSE(server.asked()[2].from);
  EXPECT_TRUE(fs::is_empty(folder_ / "there"));
}

TEST_F(DataFetch, SaysThatTheDiskIsFull) {
  const HttpServer server(
      [&](const HttpAsked&, int) { return HttpReply{.body = std::string(first_.bytes, 'x')}; });
  EXPECT_THAT(message(command("fashion-mnist", server), 1, {.largest_file = 1'000'000}),
              AllOf(HasSubstr("after 1.0 MB"), HasSubstr("the same command goes on")));
  EXPECT_EQ(fs::file_size(part_), 1'000'000U);
}

TEST_F(DataFetch, NamesTheAddressAndStatusOfWhatIsMissing) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.status = 404}; });
  EXPECT_THAT(message(command("cifar10", server), 1),
              HasSubstr(server.address() + "cifar-10-binary.tar.gz: HTTP status 404"));
}

TEST_F(DataFetch, RefusesBadUsage) {
  EXPECT_THAT(message({"data", "fetch"}, 2), HasSubstr("name is missing"));
  EXPECT_THAT(message({"data", "fetch", "imagenet"}, 2),
              HasSubstr("\"imagenet\" to fetch; expected one of mnist, fashion-mnist"));
  EXPECT_THAT(adjoint({"data", "fetch", "mnist", "--from", "nowhere"}).err,
              HasSubstr("--from nowhere: expected the address"));
}

TEST_F(DataFetch, ShowsABarOnATerminal) {
  const std::string body(first_.bytes, 'x');
  const HttpServer server(
      [&](const HttpAsked&, int) { return HttpReply{.body = body, .pause_every = 1 << 16}; });
  const ProgramRun run = adjoint(command("fashion-mnist", server), {.terminal = true});
  EXPECT_THAT(run.err, AllOf(HasSubstr("━"), HasSubstr(" of 30.9 MB"), HasSubstr("MB/s  eta"),
                             HasSubstr("\033[Kadjoint: ")));  // not behind the bar
}

TEST_F(DataFetch, GoesWhereTheConfigsLook) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.status = 404}; });
  const std::vector<std::string> arguments{"data", "fetch", "bsd400", "--from", server.address()};
  EXPECT_THAT(adjoint(arguments, {.environment = {{"ADJOINT_DATA", "stored"}}}).err,
              HasSubstr("bsd400: 8.2 MB to stored/photos-gray-train"));
  EXPECT_THAT(adjoint(arguments, {.unset = {"ADJOINT_DATA"}}).err,
              HasSubstr("bsd400: 8.2 MB to data/photos-gray-train"));
}

TEST_F(DataFetch, IsTheRemedyForPublishedDataThatAreMissing) {
  folder_.write("a.toml",
                "[data]\nsource = 'idx'\npath = 'fashion-mnist/train-images-idx3-ubyte.gz'\n"
                "[model]\ninput = [28, 28, 1]\npreset = 'denoiser'\n");
  EXPECT_THAT(adjoint({"data", "describe", "a.toml"}, {.unset = {"ADJOINT_DATA"}}).err,
              HasSubstr("adjoint data fetch fashion-mnist downloads it"));
}

TEST_F(DataFetch, IsInTheReadme) {
  const std::string page = contents(fs::path(ADJOINT_DOCS).parent_path() / "README.md");
  for (const PublishedData& data : published_data())
    EXPECT_THAT(page, testing::ContainsRegex("[` ]" + data.name + "[`, ]")) << data.name;
}

TEST_F(DataFetch, ListsEveryDataSetInItsHelp) {
  const std::string help = adjoint_ok({"data", "fetch", "--help"}).out;
  for (const PublishedData& data : published_data())
    EXPECT_THAT(help, AllOf(HasSubstr("  " + data.name + " "), HasSubstr(data.doc)));
}

}  // namespace
}  // namespace adjoint
