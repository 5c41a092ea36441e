/* That the header is C, and its functions can be called from C. */
#include <adjoint/adjoint.h>

int status_of_a_missing_file(void);

int status_of_a_missing_file(void) {
  const adjoint_options options = {sizeof options, 1, 0};
  adjoint_model* model = NULL;
  const adjoint_status status = adjoint_load("no/such/file.h5", &options, &model);
  adjoint_free(model);
  return (int)status;
}
