#include <gtest/gtest.h>

#include "train/model.h"
TEST(Smoke, Runs) { SUCCEED(); }
