#pragma once

namespace adjoint {

/// OpenBLAS has one number of threads for a process. Adjoint has threads of its own and needs it to
/// be 1; another user of the same library in the process, such as NumPy, does not. While any of
/// these lives it is 1; otherwise it is what it was before Adjoint was loaded. For libraries that
/// others load: a program of Adjoint alone leaves it at 1.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas();
  ~SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;

  /// Once, when the library is loaded or first called.
  static void give_back();
};

}  // namespace adjoint
