package dev.asof.ingestion.table;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({TableLoginProperties.class, ConnectionsProperties.class})
class TableSourceConfiguration {}
