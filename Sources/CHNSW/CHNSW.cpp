// A shim over hnswlib, which is a library of headers.
#include "CHNSW.h"

// Distances come from outside.
#define NO_MANUAL_VECTORIZATION
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#if __has_include(<hnswlib/hnswlib.h>)
#include <hnswlib/hnswlib.h>
#elif __has_include("/opt/homebrew/include/hnswlib/hnswlib.h")
#include "/opt/homebrew/include/hnswlib/hnswlib.h"
#elif __has_include("/usr/local/include/hnswlib/hnswlib.h")
#include "/usr/local/include/hnswlib/hnswlib.h"
#else
#error "hnswlib is missing; script/bootstrap installs it"
#endif
#pragma clang diagnostic pop

#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

constexpr int highest_level = 63;

class Space : public hnswlib::SpaceInterface<float> {
public:
  explicit Space(const hnsw_settings &settings) : size_(settings.size), distance_(settings.distance) {}
  size_t get_data_size() override { return static_cast<size_t>(size_) * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance_; }
  void *get_dist_func_param() override { return &size_; }

private:
  int64_t size_;
  hnsw_distance distance_;
};

using Graph = hnswlib::HierarchicalNSW<float>;

Graph *make_graph(Space &space, const hnsw_settings &settings) {
  auto graph = std::make_unique<Graph>(&space, static_cast<size_t>(settings.capacity),
                                       static_cast<size_t>(settings.links),
                                       static_cast<size_t>(settings.construction));
  // Levels come from outside: its own would depend on the C++ library.
  graph->mult_ = 0;
  return graph.release();
}

} // namespace

struct hnsw_graph {
  explicit hnsw_graph(const hnsw_settings &settings) : space(settings), graph(make_graph(space, settings)) {}

  uint32_t count() const { return static_cast<uint32_t>(graph->cur_element_count); }
  uint32_t *list(uint32_t element, int level) const { return graph->get_linklist_at_level(element, level); }

  Space space;
  std::unique_ptr<Graph> graph;
};

hnsw_graph *hnsw_create(const hnsw_settings *settings) {
  try {
    return new hnsw_graph(*settings);
  } catch (...) {
    return nullptr;
  }
}

void hnsw_destroy(hnsw_graph *graph) { delete graph; }

int32_t hnsw_add(hnsw_graph *graph, const float *vector, int32_t level) {
  try {
    graph->graph->addPoint(vector, graph->count(), level);
    return 0;
  } catch (...) {
    return 1;
  }
}

void hnsw_set_breadth(hnsw_graph *graph, int64_t breadth) { graph->graph->setEf(static_cast<size_t>(breadth)); }

int64_t hnsw_search(const hnsw_graph *graph, const float *query, int64_t wanted, uint32_t *indices) {
  try {
    auto found = graph->graph->searchKnn(query, static_cast<size_t>(wanted));
    const auto count = static_cast<int64_t>(found.size());
    for (; !found.empty(); found.pop()) *indices++ = static_cast<uint32_t>(found.top().second);
    return count;
  } catch (...) {
    return -1;
  }
}

int64_t hnsw_export_size(const hnsw_graph *graph) {
  int64_t words = 0;
  for (uint32_t element = 0; element < graph->count(); element++) {
    const int level = graph->graph->element_levels_[element];
    words += 2 + level;
    for (int l = 0; l <= level; l++) words += graph->graph->getListCount(graph->list(element, l));
  }
  return words;
}

void hnsw_export(const hnsw_graph *graph, uint32_t *words) {
  for (uint32_t element = 0; element < graph->count(); element++) {
    const int level = graph->graph->element_levels_[element];
    *words++ = static_cast<uint32_t>(level);
    for (int l = 0; l <= level; l++) {
      uint32_t *list = graph->list(element, l);
      const uint32_t links = graph->graph->getListCount(list);
      *words++ = links;
      std::memcpy(words, list + 1, links * sizeof *words);
      words += links;
    }
  }
}

namespace {

// The levels of the vectors that words describe; empty where they describe none.
std::vector<int> read_levels(const hnsw_settings &settings, int64_t count, const uint32_t *words,
                             int64_t word_count) {
  std::vector<int> levels;
  levels.reserve(static_cast<size_t>(count));
  int64_t place = 0;
  for (int64_t element = 0; element < count; element++) {
    if (place >= word_count || words[place] > highest_level) return {};
    const int level = static_cast<int>(words[place++]);
    for (int l = 0; l <= level; l++) {
      const int64_t most = l == 0 ? 2 * settings.links : settings.links;
      if (place >= word_count || words[place] > most || words[place] > word_count - place - 1) return {};
      place += 1 + words[place];
    }
    levels.push_back(level);
  }
  return place == word_count ? levels : std::vector<int>();
}

// Whether all links lead to other vectors that are on the level.
bool links_hold(const std::vector<int> &levels, const uint32_t *words) {
  for (size_t element = 0; element < levels.size(); element++) {
    words++;
    for (int l = 0; l <= levels[element]; l++)
      for (uint32_t rest = *words++; rest > 0; rest--, words++)
        if (*words >= levels.size() || *words == element || levels[*words] < l) return false;
  }
  return true;
}

void fill(hnsw_graph &target, const hnsw_settings &settings, const std::vector<int> &levels, const float *vectors,
          const uint32_t *words) {
  Graph &graph = *target.graph;
  for (size_t element = 0; element < levels.size(); element++) {
    const auto id = static_cast<hnswlib::tableint>(element);
    const int level = levels[element];
    char *upper = nullptr;
    if (level > 0) {
      upper = static_cast<char *>(std::calloc(static_cast<size_t>(level), graph.size_links_per_element_));
      if (!upper) throw std::bad_alloc();
    }
    std::memset(graph.data_level0_memory_ + element * graph.size_data_per_element_, 0, graph.size_data_per_element_);
    graph.linkLists_[element] = upper;
    graph.element_levels_[element] = level;
    // From here on the destructor takes care of `upper`.
    graph.cur_element_count = element + 1;
    graph.setExternalLabel(id, element);
    std::memcpy(graph.getDataByInternalId(id), vectors + static_cast<int64_t>(element) * settings.size,
                static_cast<size_t>(settings.size) * sizeof(float));
    graph.label_lookup_[element] = id;
    words++;
    for (int l = 0; l <= level; l++) {
      const uint32_t links = *words++;
      uint32_t *list = target.list(id, l);
      graph.setListCount(list, static_cast<unsigned short>(links));
      std::memcpy(list + 1, words, links * sizeof *words);
      words += links;
    }
    // Searches begin at the first vector that reached the highest level.
    if (level > graph.maxlevel_) {
      graph.maxlevel_ = level;
      graph.enterpoint_node_ = id;
    }
  }
}

} // namespace

hnsw_graph *hnsw_import(const hnsw_settings *settings, const float *vectors, int64_t count, const uint32_t *words,
                        int64_t word_count) {
  try {
    const std::vector<int> levels = read_levels(*settings, count, words, word_count);
    if (static_cast<int64_t>(levels.size()) != count || !links_hold(levels, words)) return nullptr;
    auto graph = std::make_unique<hnsw_graph>(*settings);
    fill(*graph, *settings, levels, vectors, words);
    return graph.release();
  } catch (...) {
    return nullptr;
  }
}
