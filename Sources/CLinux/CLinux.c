// The C target needs a translation unit; everything is in the header.
#include "CLinux.h"
