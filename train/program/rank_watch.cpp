#include "train/program/rank_watch.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "framework/parallel/ranks.hpp"
#include "train/program/standard_streams.hpp"

namespace adjoint {
namespace {

volatile std::sig_atomic_t child = 0;
volatile std::sig_atomic_t told_to_end = 0;  // by this signal

/// What the launcher asks of the process that it knows is asked of the child.
void pass_on(int signal) {
  told_to_end = signal;
  if (child > 0) ::kill(static_cast<pid_t>(child), signal);
}

}  // namespace

void watch_rank() {
  const std::optional<int> rank = launched_rank();
  if (!rank) return;
  const pid_t parent = ::getpid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, pass_on);
  const pid_t started = ::fork();
  if (started < 0) {  // it runs unwatched
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    return;
  }
  if (started == 0) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    // A launcher signals whole groups: what is asked is to reach the child once, from pass_on().
    ::setpgid(0, 0);
    // Nobody would watch it, and nobody would know it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    return;
  }
  child = started;
  int status = 0;
  while (::waitpid(started, &status, 0) < 0) {
  }
  if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
  // The launcher may have seen the child's end, and told this process to end, before it got here.
  if (const int signal = WTERMSIG(status); signal != told_to_end) {
    char host[256] = "?";
    ::gethostname(host, sizeof(host) - 1);
    complain(fmt::format(
        "adjoint: rank {} (host {}) was ended by signal {} ({}){}; all ranks end with it, and a "
        "training goes on from its last checkpoint with --resume",
        *rank, host, signal, ::strsignal(signal),
        signal == SIGKILL ? ", by hand or because the machine ran out of memory" : ""));
  }
  ::_exit(1);
}

}  // namespace adjoint
