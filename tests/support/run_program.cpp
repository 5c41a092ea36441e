#include "tests/support/run_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

extern char** environ;

namespace adjoint {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMilliseconds = 2;

struct Channel {
  int ours = -1;
  int theirs = -1;
};

Channel make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return {ends[0], ends[1]};
}

Channel make_terminal() {
  const int ours = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ours < 0 || ::grantpt(ours) != 0 || ::unlockpt(ours) != 0)
    throw std::runtime_error("no pseudo terminal");
  return {ours, ::open(::ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC)};
}

std::vector<std::string> environment_of(const ProgramOptions& options) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable; ++variable) {
    const std::string text = *variable;
    const std::string name = text.substr(0, text.find('='));
    if (!options.environment.contains(name) && std::ranges::count(options.unset, name) == 0)
      environment.push_back(text);
  }
  for (const auto& [name, value] : options.environment) environment.push_back(name + "=" + value);
  return environment;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Appends what there is to read; false at the end.
bool drain(int fd, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;  // a terminal ends in EIO
}

}  // namespace

ProgramRun run_program(const std::vector<std::string>& argv, const ProgramOptions& options) {
  // All that allocates comes before the fork: other threads of the test may hold locks.
  std::vector<std::string> arguments = argv;
  std::vector<std::string> environment = environment_of(options);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  const std::string folder = options.folder.string();
  const Channel out = make_pipe();
  const Channel err = options.terminal ? make_terminal() : make_pipe();

  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    if (options.largest_file) {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{*options.largest_file, *options.largest_file};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ::dup2(out.theirs, STDOUT_FILENO);
    ::dup2(err.theirs, STDERR_FILENO);
    if (!folder.empty() && ::chdir(folder.c_str()) != 0) ::_exit(127);
    ::execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    ::_exit(127);
  }
  ::close(out.theirs);
  ::close(err.theirs);

  ProgramRun run;
  const auto deadline = Clock::now() + std::chrono::duration<double>(options.timeout);
  bool out_open = true, err_open = true, sent = options.send == 0 && !options.act;
  while (out_open || err_open) {
    std::array<pollfd, 2> polled{
        {{out_open ? out.ours : -1, POLLIN, 0}, {err_open ? err.ours : -1, POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), kPollMilliseconds);
    if (polled[0].revents != 0) out_open = drain(out.ours, run.out);
    if (polled[1].revents != 0) err_open = drain(err.ours, run.err);
    if (!sent && options.when() && run.err.find(options.after) != std::string::npos) {
      if (options.act) options.act(child);
      if (options.send != 0) ::kill(child, options.send);
      sent = true;
    }
    if (Clock::now() > deadline) ::kill(child, SIGKILL);
  }
  ::close(out.ours);
  ::close(err.ours);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) run.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) run.signal = WTERMSIG(status);
  if (run.status == 127) throw std::runtime_error("cannot start " + argv[0]);
  return run;
}

}  // namespace adjoint
