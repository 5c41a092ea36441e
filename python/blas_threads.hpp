#pragma once

namespace adjoint::python {

/// OpenBLAS has one number of threads for a process. Adjoint has threads of its own and needs it to
/// be 1; NumPy, which may use the same library, does not. While any of these lives it is 1;
/// otherwise it is what it was before the module was loaded.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas();
  ~SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;

  /// Once, when the module is loaded.
  static void give_back();
};

}  // namespace adjoint::python
