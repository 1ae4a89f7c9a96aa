package salus;

import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import ca.uhn.fhir.jpa.binstore.DatabaseBinaryContentStorageSvcImpl;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.match.config.SubscriptionProcessorConfig;
import ca.uhn.fhir.jpa.subscription.match.deliver.email.IEmailSender;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import jakarta.persistence.EntityManagerFactory;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/**
 * HAPI's JPA server over PostgreSQL, with the settings that its starter has by default: searches
 * are kept in the database and reused for a minute, and validation is off. Two differ: large content
 * is kept beside the resources, and the database takes 32 connections instead of ten.
 *
 * <p>Usage: {@code HapiPeer PORT JDBC-URL USER}. Prints {@code ready} once it serves.
 */
public final class HapiPeer {
	private HapiPeer() {}

	/** Connections to the database, at most. */
	private static final int CONNECTIONS = 32;

	/** The parts of the server. */
	@Configuration
	@EnableTransactionManagement
	@Import({
		JpaR4Config.class,
		HapiJpaConfig.class,
		JpaBatch2Config.class,
		Batch2JobsConfig.class,
		SubscriptionSubmitterConfig.class,
		SubscriptionProcessorConfig.class,
		SubscriptionChannelConfig.class,
		ThreadPoolFactoryConfig.class
	})
	public static class Parts {
		/** Returns the settings of the store. */
		@Bean
		public JpaStorageSettings storageSettings() {
			JpaStorageSettings settings = new JpaStorageSettings();
			settings.setReuseCachedSearchResultsForMillis(60_000L);
			settings.setFetchSizeDefaultMaximum(200);
			return settings;
		}

		/** Returns the settings of subscriptions. There are none. */
		@Bean
		public SubscriptionSettings subscriptionSettings() {
			return new SubscriptionSettings();
		}

		/** Returns the settings of partitions. There is one. */
		@Bean
		public PartitionSettings partitionSettings() {
			return new PartitionSettings();
		}

		/** Returns where large content is kept. */
		@Bean
		public IBinaryStorageSvc binaryStorage() {
			return new DatabaseBinaryContentStorageSvcImpl();
		}

		/** Returns what sends mail: nothing does. */
		@Bean
		public IEmailSender emailSender() {
			return details -> {};
		}

		/** Returns the database, with the pool of connections. */
		@Bean(destroyMethod = "close")
		public DataSource dataSource() {
			BasicDataSource source = new BasicDataSource();
			source.setUrl(System.getProperty("salus.database"));
			source.setUsername(System.getProperty("salus.user"));
			source.setMaxTotal(CONNECTIONS);
			source.setMaxIdle(CONNECTIONS);
			source.setPoolPreparedStatements(true);
			return source;
		}

		/** Returns Hibernate, which makes the tables and their indexes. */
		@Bean
		@Primary
		public LocalContainerEntityManagerFactoryBean entityManagerFactory(
				DataSource source,
				ConfigurableListableBeanFactory beans,
				FhirContext context,
				JpaStorageSettings settings) {
			LocalContainerEntityManagerFactoryBean factory =
					HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, context, settings);
			factory.setPersistenceUnitName("HAPI_PU");
			factory.setDataSource(source);
			Properties properties = new Properties();
			properties.setProperty("hibernate.dialect", HapiFhirPostgresDialect.class.getName());
			properties.setProperty("hibernate.hbm2ddl.auto", "update");
			properties.setProperty("hibernate.jdbc.batch_size", "20");
			properties.setProperty("hibernate.search.enabled", "false");
			factory.setJpaProperties(properties);
			return factory;
		}

		/** Returns what makes transactions. */
		@Bean
		@Primary
		public JpaTransactionManager transactionManager(EntityManagerFactory factory) {
			return new JpaTransactionManager(factory);
		}
	}

	private static RestfulServer fhir(AnnotationConfigApplicationContext context) {
		RestfulServer server = new RestfulServer(context.getBean(FhirContext.class));
		server.registerProviders(context.getBean(ResourceProviderFactory.class).createProviders());
		server.registerProvider(context.getBean(JpaSystemProvider.class));
		server.registerInterceptor(context.getBean(BinaryStorageInterceptor.class));
		DatabaseBackedPagingProvider paging = context.getBean(DatabaseBackedPagingProvider.class);
		paging.setDefaultPageSize(20);
		paging.setMaximumPageSize(200);
		server.setPagingProvider(paging);
		server.setDefaultResponseEncoding(EncodingEnum.JSON);
		return server;
	}

	/** Serves until the process ends. */
	public static void main(String[] arguments) throws Exception {
		System.setProperty("salus.database", arguments[1]);
		System.setProperty("salus.user", arguments[2]);
		AnnotationConfigApplicationContext context =
				new AnnotationConfigApplicationContext(Parts.class);
		Server jetty = new Server();
		ServerConnector connector = new ServerConnector(jetty);
		connector.setHost("127.0.0.1");
		connector.setPort(Integer.parseInt(arguments[0]));
		jetty.addConnector(connector);
		ServletContextHandler handler = new ServletContextHandler("/");
		handler.addServlet(new ServletHolder(fhir(context)), "/fhir/*");
		jetty.setHandler(handler);
		jetty.start();
		System.out.println("ready");
		jetty.join();
	}
}
