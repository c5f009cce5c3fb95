#include "math/meeting_check.h"

#include <stdexcept>
#include <string>
#include <string_view>

namespace mlp {
namespace {

std::string Text(const MeetingCheck::Place& place) {
  return std::string(place.file) + ":" + std::to_string(place.line);
}

}  // namespace

void MeetingCheck::Arrive(int rank, Place place) {
  Thread& thread = threads_[static_cast<std::size_t>(rank)];
  thread.places[thread.meetings++ % 2] = place;
}

void MeetingCheck::Compare(int rank) const {
  const std::size_t meeting = threads_[static_cast<std::size_t>(rank)].meetings - 1;
  const Place& first = threads_.front().places[meeting % 2];
  for (const Thread& thread : threads_) {
    const Place& other = thread.places[meeting % 2];
    if (other.line == first.line && std::string_view(other.file) == first.file) continue;
    throw std::logic_error("Threads of a team met at different places: " + Text(first) + " and " +
                           Text(other) + ".");
  }
}

}  // namespace mlp
